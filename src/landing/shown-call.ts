import { shortenSecret } from './shorten.ts';

/** A call that the example's server made, as its page may show it: secrets are shortened before they leave. */
export interface ShownCall {
  method: string;
  path: string;
  sent: Record<string, unknown>;
  status: number;
  got: Record<string, unknown>;
}

const secretNames = new Set(['specialToken', 'clientSecret', 'accessToken', 'authorization']);

/** The same fields, with every secret among them shortened; of `Bearer …` the scheme stays. */
export function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    if (!secretNames.has(name) || typeof value !== 'string') return [name, value];
    const [first = '', credential] = value.split(' ');
    return [name, credential === undefined ? shortenSecret(first) : `${first} ${shortenSecret(credential)}`];
  });
  return Object.fromEntries(entries);
}
