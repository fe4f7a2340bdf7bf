import { locate } from '../connections/identity.ts';
import type { MapEndpoint } from '../sources/map-endpoint.ts';
import { parseTemplate, type TemplatePart } from '../sources/map-template.ts';

/** What the templates of a map can take their values from. */
export interface TemplateValues {
  identifier?: string | undefined;
  /** The parameters of the call to us, by name. */
  parameters: Record<string, string | undefined>;
  headers: Headers;
  environment: Record<string, string | number | boolean>;
  /** The Connection's metadata. */
  metadata: unknown;
}

/**
 * Fills a text of a map document.
 *
 * @param encode what is done to each value before it is put in: a URL's are percent-encoded
 * @returns the text; undefined where it is one template alone and nothing was given for it
 */
export function fillTemplate(
  text: string,
  values: TemplateValues,
  encode: (value: string) => string = String,
): string | undefined {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return text;
  const filled = parsed.parts.map((part) => {
    if (typeof part === 'string') return part;
    const value = takeValue(part, values);
    return value === undefined ? undefined : encode(value);
  });
  if (filled.length === 1) return filled[0];
  return filled.map((part) => part ?? '').join('');
}

/** Fills every text of a body. What nothing was given for is left out. */
export function fillBody(body: unknown, values: TemplateValues): unknown {
  if (typeof body === 'string') return fillTemplate(body, values);
  if (Array.isArray(body))
    return body.map((item) => fillBody(item, values)).filter((item) => item !== undefined);
  if (typeof body !== 'object' || body === null) return body;
  const filled = Object.entries(body).map(([name, value]) => [name, fillBody(value, values)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}

/** The parameters of a call that an endpoint's route, headers or body has a template for. */
export function parametersTaken(endpoint: Pick<MapEndpoint, 'route' | 'headers' | 'body'>): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      const parsed = parseTemplate(value);
      for (const part of parsed.ok ? parsed.parts : []) {
        if (typeof part !== 'string' && part.root === 'parameters') names.add(part.name);
      }
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit([endpoint.route, endpoint.headers.map(({ value }) => value), endpoint.body]);
  return names;
}

function takeValue(
  { root, name }: Exclude<TemplatePart, string>,
  values: TemplateValues,
): string | undefined {
  switch (root) {
    case 'identifier':
      return values.identifier;
    case 'parameters':
      return Object.hasOwn(values.parameters, name) ? values.parameters[name] : undefined;
    case 'headers':
      return values.headers.get(name) ?? undefined;
    case 'environment':
      return Object.hasOwn(values.environment, name) ? String(values.environment[name]) : undefined;
    case 'connection.metadata':
      return locate(values.metadata, name) ?? undefined;
    default:
      return root satisfies never;
  }
}
