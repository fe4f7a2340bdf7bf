import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** The built assets with the headers `_headers` gives them. */
export function readAssets(directory: string) {
  const rules: { pattern: RegExp; headers: [string, string][] }[] = [];
  for (const line of readFileSync(join(directory, '_headers'), 'utf8').split('\n')) {
    const header = /^\s+([^:]+):\s*(.*)$/.exec(line);
    if (header) rules.at(-1)?.headers.push([header[1] ?? '', header[2] ?? '']);
    else if (line.startsWith('/')) {
      const pattern = line.trim().replace(/[.]/g, '\\.').replace(/\*/g, '.*');
      rules.push({ pattern: new RegExp(`^${pattern}$`), headers: [] });
    }
  }
  const files = new Map<string, { body: Buffer; headers: Record<string, string> }>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('_')) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(directory.length).replace(/\.html$/, '');
    const headers: Record<string, string> = {
      'content-type': types[entry.name.split('.').pop() ?? ''] ?? '',
    };
    for (const rule of rules)
      if (rule.pattern.test(path)) Object.assign(headers, Object.fromEntries(rule.headers));
    files.set(path, { body: readFileSync(file), headers });
  }
  return files;
}
