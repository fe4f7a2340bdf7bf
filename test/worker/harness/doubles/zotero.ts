import type { World } from '../world.ts';
import type { Decision, Grant } from './double.ts';
import { form, SignedDouble } from './signed.ts';

interface Temporary {
  secret: string;
  callback: string;
  grant: Grant | null;
  verifier: string;
}

/** Zotero's OAuth 1.0a hands out an API key as the token’s secret; calls carry that key, and no signature. */
export class Zotero extends SignedDouble {
  readonly slug = 'zotero';
  readonly clientId = '05a4e25d3d9af8922eb9';
  readonly clientSecret = '8dda1d6aa188bdd3126e';
  override lifetime = null;
  readonly call = {
    path: '/users/475425/items?limit=1',
    answer: (account: string) => ({ key: 'X42A7DEE', library: { id: account } }),
  };
  readonly #temporary = new Map<string, Temporary>();

  constructor(world: World) {
    super(world);
    world.internet.host('www.zotero.org', (request) => this.#oauth(request));
    world.internet.host('api.zotero.org', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.zotero.org/oauth/authorize', ['oauth_token']);
    const token = asked.get('oauth_token') ?? '';
    const temporary = this.#temporary.get(token);
    if (!temporary) throw new Error(`No such token: ${token}`);
    temporary.grant = this.newGrant(decision, []);
    const back = new URL(temporary.callback);
    back.searchParams.set('oauth_token', token);
    back.searchParams.set('oauth_verifier', temporary.verifier);
    return back.href;
  }

  async #oauth(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/oauth/request') {
      const signed = await this.verifySigned(request, () => '');
      const callback = signed?.oauth_callback ?? '';
      if (callback !== this.registered) this.forbid(`The callback is ${callback}`);
      const token = crypto.randomUUID();
      const temporary = { secret: crypto.randomUUID(), callback, grant: null, verifier: crypto.randomUUID() };
      this.#temporary.set(token, temporary);
      return form({
        oauth_token: token,
        oauth_token_secret: temporary.secret,
        oauth_callback_confirmed: 'true',
      });
    }
    const signed = await this.verifySigned(request, (token) => this.#temporary.get(token)?.secret);
    const temporary = this.#temporary.get(signed?.oauth_token ?? '');
    if (!temporary?.grant || signed?.oauth_verifier !== temporary.verifier) {
      this.forbid('The temporary token isn’t authorized, or its verifier is another.');
      return new Response(null, { status: 401 });
    }
    const key = this.newAccessToken(temporary.grant, 'zotero-key-');
    return form({
      oauth_token: `token-of-${crypto.randomUUID()}`,
      oauth_token_secret: key,
      userID: '475425',
      username: 'Z',
    });
  }

  #api(request: Request): Response {
    if (request.headers.has('Authorization')) this.forbid('A call carries more than the key.');
    if (request.headers.get('Zotero-API-Version') !== '3') this.forbid('A call names no version.');
    const key = request.headers.get('Zotero-API-Key');
    const grant = this.findUser(key);
    if (!grant) return new Response('Forbidden', { status: 403 });
    const isKey = new URL(request.url).pathname === '/keys/current';
    return Response.json(
      isKey ? { key, userID: grant.account, username: 'Z public library' } : this.call.answer(grant.account),
    );
  }
}
