import type { Document, Operation, Schema } from './document.ts';
import { guide } from './guide.ts';
import { escapeHtml, type Html, join, raw } from './html.ts';

/** The API reference as one static page: the guide, then every operation of the document. */
export function docsPage(document: Document): string {
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operationsOf(document, name),
  }));
  const navigation = [
    ...guide.map(({ id, title }) => raw(`<li><a href="#${id}">${escapeHtml(title)}</a></li>`)),
    ...groups.map(({ name }) => raw(`<li><a href="#${anchor(name)}">${escapeHtml(name)}</a></li>`)),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trivet API reference</title>
<link rel="stylesheet" href="/assets/docs.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<nav aria-label="Contents"><p class="name"><a href="/">Trivet</a></p><ul>${join(navigation)}</ul></nav>
<main id="main">
<h1>API reference</h1>
<p class="lead">${escapeHtml(document.info.summary)} The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${guide.map(({ id, title, html }) => `<section id="${id}"><h2>${escapeHtml(title)}</h2>${html}</section>`).join('\n')}
${groups.map((group) => section(group, document)).join('\n')}
</main>
</body>
</html>
`;
}

interface Placed {
  method: string;
  path: string;
  operation: Operation;
}

/** One entry an endpoint that takes any method. */
function operationsOf(document: Document, tag: string): Placed[] {
  const seen = new Set<string>();
  return Object.entries(document.paths).flatMap(([path, methods]) => {
    const all = Object.entries(methods).filter(([, operation]) => operation.tags.includes(tag));
    const any = all.length === 5 && new Set(all.map(([, { summary }]) => summary)).size === 1;
    return (any ? all.slice(1, 2) : all).flatMap(([method, operation]) => {
      const key = `${any ? 'any' : method} ${path}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ method: any ? 'any' : method, path, operation }];
    });
  });
}

function section(
  { name, description, operations }: { name: string; description: string; operations: Placed[] },
  document: Document,
): Html {
  return raw(`<section id="${anchor(name)}">
<h2>${escapeHtml(name)}</h2>
<p>${escapeHtml(description)}</p>
${operations.map((placed) => article(placed, document)).join('\n')}
</section>`);
}

function article({ method, path, operation }: Placed, document: Document): string {
  const { operationId, summary, description = '', parameters = [], requestBody, responses } = operation;
  const paragraphs = description.split('\n\n').filter(Boolean);
  const body = Object.entries(requestBody?.content ?? {});
  return `<article id="${escapeHtml(operationId)}">
<h3><a href="#${escapeHtml(operationId)}">${escapeHtml(summary)}</a></h3>
<p class="route"><b>${escapeHtml(method.toUpperCase())}</b> <code>${escapeHtml(path)}</code></p>
${paragraphs.map((text) => `<p>${code(text)}</p>`).join('\n')}
${fields(
  'Parameters',
  parameters.map(({ name, in: place, required, description: said, schema }) => ({
    name,
    note: place,
    required: required === true,
    said: said ?? '',
    type: typeOf(schema, document),
  })),
)}
${body
  .slice(0, 1)
  .map(([type, { schema }]) => bodyFields(type, schema, document))
  .join('')}
<p class="answers">Answers ${Object.entries(responses)
    .map(([status, { description: said }]) => `<span><b>${escapeHtml(status)}</b> ${code(said)}</span>`)
    .join(' ')}</p>
</article>`;
}

interface Row {
  name: string;
  note: string;
  required: boolean;
  said: string;
  type: string;
}

function fields(title: string, rows: Row[]): string {
  if (rows.length === 0) return '';
  const cells = rows.map(
    ({ name, note, required, said, type }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code>${required ? ' <small>required</small>' : ''}</th><td><small>${escapeHtml([note, type].filter(Boolean).join(', '))}</small> ${code(said)}</td></tr>`,
  );
  return `<table><caption>${escapeHtml(title)}</caption><tbody>${cells.join('')}</tbody></table>`;
}

function bodyFields(type: string, schema: Schema, document: Document): string {
  const shapes = alternatives(resolve(schema, document), document);
  return shapes
    .map((shape, index) => {
      const required = new Set(shape.required ?? []);
      const rows = Object.entries(shape.properties ?? {}).map(([name, property]) => ({
        name,
        note: '',
        required: required.has(name),
        said: resolve(property, document).description ?? '',
        type: typeOf(property, document),
      }));
      const kind = shape.properties?.type?.const;
      const title = shapes.length > 1 ? `Body (${kind ?? index + 1})` : `Body (${type})`;
      return fields(String(title), rows);
    })
    .join('');
}

function alternatives(schema: Schema, document: Document): Schema[] {
  const choices = schema.oneOf ?? schema.anyOf;
  return choices ? choices.flatMap((choice) => alternatives(resolve(choice, document), document)) : [schema];
}

function typeOf(schema: Schema, document: Document): string {
  const shape = resolve(schema, document);
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = shape.oneOf ?? shape.anyOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, document)))].join(' | ');
  if (shape.type === 'array') return `list of ${shape.items ? typeOf(shape.items, document) : 'anything'}`;
  return shape.format ?? (Array.isArray(shape.type) ? shape.type.join(' | ') : (shape.type ?? 'anything'));
}

function resolve(schema: Schema, document: Document): Schema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name === undefined ? schema : { ...document.components.schemas[name], ...schema };
}

/** Text with `code` in backticks. */
function code(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
