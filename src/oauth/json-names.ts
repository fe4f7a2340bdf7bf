const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}:]/g;

/**
 * Whether any object of a JSON text has a name twice. RFC 6749 §5.1 forbids it, and `JSON.parse` would
 * silently take the last, where another reader takes the first.
 *
 * @param json valid JSON: in it, a colon outside of a string always follows a name
 */
export function hasRepeatedName(json: string): boolean {
  const objects: Set<string>[] = [];
  let text = '';
  for (const [part] of json.matchAll(token)) {
    if (part === '{') objects.push(new Set());
    else if (part === '}') objects.pop();
    else if (part !== ':') text = part;
    else {
      const name: string = JSON.parse(text);
      if (objects.at(-1)?.has(name)) return true;
      objects.at(-1)?.add(name);
    }
  }
  return false;
}
