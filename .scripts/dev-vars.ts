import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const freshSecrets: Record<string, () => string> = {
  ENCRYPTION_KEYS: () => `k1:${randomBytes(32).toString('base64')}`,
  ADMIN_TOKEN: () => randomBytes(32).toString('base64url'),
  EXAMPLE_CLIENT_SECRET: () => `trv_secret_${randomBytes(32).toString('base64url')}`,
};

/**
 * Reads the local secrets, after adding those that the file (or the file itself) lacks. What is there stays as it is.
 *
 * @returns every variable of the file, and the names of those just made
 */
export function completeDevVars(path: string): { vars: Record<string, string>; added: string[] } {
  const before = existsSync(path)
    ? readFileSync(path, 'utf8')
    : '# Secrets of this machine, made by `npm start`. Keep this file out of version control.\n';
  const vars = Object.fromEntries(
    Object.entries(parseEnv(before)).map(([name, value]) => [name, value ?? '']),
  );
  const added = Object.keys(freshSecrets).filter((name) => vars[name] === undefined);
  let text = before;
  for (const name of added) {
    const value = freshSecrets[name]?.() ?? '';
    vars[name] = value;
    text += `${text === '' || text.endsWith('\n') ? '' : '\n'}${name}="${value}"\n`;
  }
  if (added.length > 0) writeFileSync(path, text, { mode: 0o600 });
  return { vars, added };
}
