/** Where a template takes its value from. */
type TemplateRoot = 'identifier' | 'parameters' | 'headers' | 'environment' | 'connection.metadata';

/** A piece of a text with templates: literal text, or a value to be filled in. */
export type TemplatePart = string | { root: TemplateRoot; name: string };

const member = /^(parameters|headers|environment|connection\.metadata)(?:\.([^\s'"[\]]+)|\[(['"])(.+)\3\])$/;
// Metadata is nested: its path may step into lists.
const metadataPath = /^connection\.metadata\.([^\s'"]+)$/;

/**
 * Splits a text of a map document at its templates: `{{ identifier }}`, `{{ parameters.x }}`, `{{ headers.X }}`
 * or `{{ headers['X-Y'] }}`, `{{ environment.x }}`, `{{ connection.metadata.x }}`.
 *
 * @returns the parts in order, or what is wrong, to be read behind the field's name
 */
export function parseTemplate(
  text: string,
): { ok: true; parts: TemplatePart[] } | { ok: false; message: string } {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf('{{', position);
    if (start === -1) break;
    const end = text.indexOf('}}', start + 2);
    if (end === -1) return { ok: false, message: 'opens a template with {{ and does not close it with }}' };
    const value = parseExpression(text.slice(start + 2, end).trim());
    if (!value) {
      return {
        ok: false,
        message:
          'holds a template other than identifier, parameters.x, headers.X, environment.x and connection.metadata.x',
      };
    }
    if (start > position) parts.push(text.slice(position, start));
    parts.push(value);
    position = end + 2;
  }
  if (position < text.length) parts.push(text.slice(position));
  return { ok: true, parts };
}

function parseExpression(expression: string): Exclude<TemplatePart, string> | null {
  if (expression === 'identifier') return { root: 'identifier', name: '' };
  const path = metadataPath.exec(expression)?.[1];
  if (path) return { root: 'connection.metadata', name: path };
  const [, root, dotted, , quoted] = member.exec(expression) ?? [];
  const name = dotted ?? quoted;
  return root && name ? { root: root as TemplateRoot, name } : null;
}
