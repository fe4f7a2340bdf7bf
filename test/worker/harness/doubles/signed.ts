import { baseString } from '../../../sandbox/signer.ts';
import { Double } from './double.ts';

/** A provider of OAuth 1.0, whose requests are signed by HMAC-SHA1. */
export abstract class SignedDouble extends Double {
  readonly #nonces = new Set<string>();

  /** The protocol parameters, once their signature is found to be right. */
  protected async verifySigned(
    request: Request,
    secretOf: (token: string) => string | undefined,
  ): Promise<Record<string, string> | null> {
    const header = request.headers.get('Authorization') ?? '';
    const pairs = [...header.matchAll(/([a-z_]+)="([^"]*)"/g)];
    const all = Object.fromEntries(
      pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]),
    );
    const { oauth_signature: signature, realm: _realm, ...signed } = all;
    const secret = secretOf(signed.oauth_token ?? '');
    const body = await request.clone().text();
    const text = baseString({ method: request.method, url: request.url, form: body }, signed);
    const faults = [
      !header.startsWith('OAuth ') && 'The call isn’t signed.',
      signed.oauth_consumer_key !== this.clientId && 'The key is another.',
      signed.oauth_signature_method !== 'HMAC-SHA1' && 'Only HMAC-SHA1 is taken.',
      this.#nonces.has(signed.oauth_nonce ?? '') && 'The nonce has been used.',
      secret === undefined && 'The token isn’t known.',
      signature !== (await hmacSha1(`${this.clientSecret}&${secret}`, text)) && 'The signature is wrong.',
    ].filter((fault) => fault !== false);
    for (const fault of faults) this.forbid(fault);
    this.#nonces.add(signed.oauth_nonce ?? '');
    return faults.length === 0 ? signed : null;
  }
}

/** A form as an answer. */
export function form(fields: Record<string, string>): Response {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return new Response(new URLSearchParams(fields).toString(), { headers });
}

async function hmacSha1(key: string, text: string): Promise<string> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const imported = await crypto.subtle.importKey('raw', bytes(key), algorithm, false, ['sign']);
  return btoa(
    String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text)))),
  );
}
