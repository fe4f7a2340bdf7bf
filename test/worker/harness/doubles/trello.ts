import { baseString } from '../../../sandbox/signer.ts';
import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

interface Temporary {
  secret: string;
  callback: string;
  grant: Grant | null;
  verifier: string;
}

/**
 * Trello's OAuth 1.0a: HMAC-SHA1 alone; scope, expiration and name belong to the authorization URL. It has no refresh.
 * Who declines isn't sent back: that is what its documentation says, by saying nothing of it.
 */
export class Trello extends Double {
  readonly slug = 'trello';
  readonly clientId = '0471642aefef5fa1fa76530ce1ba4c85';
  readonly clientSecret = '9eb76d9a9d02b8dd40c2f3e5df18556c831d4d1fadbe2c45f8310e6c93b5c548';
  override lifetime = null;
  readonly call = {
    path: '/1/members/me/boards?fields=name',
    answer: (account: string) => ({ boards: [{ id: account }] }),
  };
  readonly #temporary = new Map<string, Temporary>();
  readonly #secrets = new Map<string, string>();
  readonly #nonces = new Set<string>();

  constructor(world: World) {
    super(world);
    world.internet.host('trello.com', (request) => this.#oauth(request));
    world.internet.host('api.trello.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const authorize = 'https://trello.com/1/OAuthAuthorizeToken';
    const asked = this.readAuthorization(address, authorize, ['oauth_token', 'scope', 'expiration', 'name']);
    const scopes = this.readScopes(asked.get('scope'), ',', ['read', 'write', 'account']);
    if (!['1hour', '1day', '30days', 'never'].includes(asked.get('expiration') ?? ''))
      this.forbid('expiration');
    const token = asked.get('oauth_token') ?? '';
    const temporary = this.#temporary.get(token);
    if (!temporary) throw new Error(`No such token: ${token}`);
    if (decision.allow === false) return address;
    temporary.grant = this.newGrant(decision, scopes);
    const back = new URL(temporary.callback);
    back.searchParams.set('oauth_token', token);
    back.searchParams.set('oauth_verifier', temporary.verifier);
    return back.href;
  }

  async #oauth(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/1/OAuthGetRequestToken') {
      const signed = await this.#verify(request, () => '');
      if (!signed) return new Response('invalid key', { status: 401 });
      const callback = signed.oauth_callback ?? '';
      if (!callback.startsWith(`${this.world.origin}/done/`)) this.forbid('oauth_callback is missing.');
      const token = crypto.randomUUID().replaceAll('-', '');
      const temporary = { secret: crypto.randomUUID(), callback, grant: null, verifier: crypto.randomUUID() };
      this.#temporary.set(token, temporary);
      return form({
        oauth_token: token,
        oauth_token_secret: temporary.secret,
        oauth_callback_confirmed: 'true',
      });
    }
    if (pathname !== '/1/OAuthGetAccessToken') this.forbid(`There is no ${pathname}.`);
    const signed = await this.#verify(request, (token) => this.#temporary.get(token)?.secret);
    const temporary = this.#temporary.get(signed?.oauth_token ?? '');
    if (!signed || !temporary?.grant || signed.oauth_verifier !== temporary.verifier) {
      this.forbid('The temporary token isn’t authorized, or its verifier is another.');
      return new Response('token not found', { status: 500 });
    }
    this.#temporary.delete(signed.oauth_token ?? '');
    const token = this.newAccessToken(temporary.grant, 'ATTA');
    const secret = crypto.randomUUID().replaceAll('-', '');
    this.#secrets.set(token, secret);
    return form({ oauth_token: token, oauth_token_secret: secret });
  }

  async #api(request: Request): Promise<Response> {
    const signed = await this.#verify(request, (token) => this.#secrets.get(token));
    const grant = signed && this.findUser(signed.oauth_token);
    if (!grant) return new Response('invalid token', { status: 401 });
    const isMe = new URL(request.url).pathname === '/1/members/me';
    return Response.json(
      isMe ? { id: grant.account, username: 'bentleycook' } : this.call.answer(grant.account),
    );
  }

  /** The protocol parameters, once their signature is found to be right. */
  async #verify(
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

function form(fields: Record<string, string>): Response {
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
