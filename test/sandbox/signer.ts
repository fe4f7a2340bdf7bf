import { darkroom } from '../../src/sandbox/sources.ts';

export interface Token {
  token: string;
  secret: string;
}

interface ToSign {
  method: string;
  /** As it will be requested. */
  url: string;
  form?: string;
  token?: Token;
  extra?: Record<string, string>;
  /** Milliseconds. */
  now: number;
  nonce?: string;
  signatureMethod?: 'HMAC-SHA1' | 'HMAC-SHA256' | 'PLAINTEXT';
  consumerKey?: string;
  consumerSecret?: string;
  /** Replaces or, where undefined, drops protocol parameters after the signature was made. */
  tamper?: Record<string, string | undefined>;
}

/** An Authorization header of OAuth 1.0a, made from the raw URL and body by RFC 5849's text and nobody's code. */
export async function signedHeader(request: ToSign): Promise<string> {
  const method = request.signatureMethod ?? 'HMAC-SHA1';
  const parameters: Record<string, string> = {
    oauth_consumer_key: request.consumerKey ?? darkroom.clientId,
    oauth_signature_method: method,
    oauth_timestamp: String(Math.floor(request.now / 1000)),
    oauth_nonce: request.nonce ?? crypto.randomUUID(),
    ...(request.token ? { oauth_token: request.token.token } : {}),
    ...request.extra,
  };
  const key = `${escaped(request.consumerSecret ?? darkroom.clientSecret)}&${escaped(request.token?.secret ?? '')}`;
  const signature = method === 'PLAINTEXT' ? key : await hmac(method, key, baseString(request, parameters));
  const sent: [string, string | undefined][] = Object.entries({
    ...parameters,
    oauth_signature: signature,
    ...request.tamper,
  });
  const items = sent.filter((item): item is [string, string] => item[1] !== undefined);
  return `OAuth ${items.map(([name, value]) => `${escaped(name)}="${escaped(value)}"`).join(', ')}`;
}

/** RFC 5849 §3.4.1 */
export function baseString(
  request: Pick<ToSign, 'method' | 'url' | 'form'>,
  parameters: Record<string, string>,
) {
  const [address = '', query = ''] = request.url.split('?');
  const pairs = [...rawPairs(query), ...rawPairs(request.form ?? ''), ...Object.entries(parameters)]
    .map(([name, value]) => `${escaped(name)}\n${escaped(value)}`)
    .sort();
  const joined = pairs.map((pair) => pair.replace('\n', '=')).join('&');
  return `${request.method}&${escaped(address)}&${escaped(joined)}`;
}

function rawPairs(text: string): [string, string][] {
  return text
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const at = pair.includes('=') ? pair.indexOf('=') : pair.length;
      return [unescaped(pair.slice(0, at)), unescaped(pair.slice(at + 1))];
    });
}

function unescaped(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'));
}

/** RFC 5849 §3.6, byte by byte. */
function escaped(text: string): string {
  let result = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    result += /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

async function hmac(method: 'HMAC-SHA1' | 'HMAC-SHA256', key: string, text: string): Promise<string> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const hash = method === 'HMAC-SHA1' ? 'SHA-1' : 'SHA-256';
  const imported = await crypto.subtle.importKey('raw', bytes(key), { name: 'HMAC', hash }, false, ['sign']);
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text)));
  return btoa(String.fromCharCode(...signature));
}
