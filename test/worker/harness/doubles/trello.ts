import type { World } from '../world.ts';
import type { Decision, Grant } from './double.ts';
import { form, SignedDouble } from './signed.ts';

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
export class Trello extends SignedDouble {
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
      const signed = await this.verifySigned(request, () => '');
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
    const signed = await this.verifySigned(request, (token) => this.#temporary.get(token)?.secret);
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
    const signed = await this.verifySigned(request, (token) => this.#secrets.get(token));
    const grant = signed && this.findUser(signed.oauth_token);
    if (!grant) return new Response('invalid token', { status: 401 });
    const isMe = new URL(request.url).pathname === '/1/members/me';
    return Response.json(
      isMe ? { id: grant.account, username: 'bentleycook' } : this.call.answer(grant.account),
    );
  }
}
