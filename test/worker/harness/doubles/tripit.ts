import type { World } from '../world.ts';
import type { Decision, Grant } from './double.ts';
import { form, SignedDouble } from './signed.ts';

interface Temporary {
  secret: string;
  grant: Grant | null;
}

/**
 * TripIt's OAuth 1.0: the callback is a parameter of the authorization URL, nothing confirms it, there is no verifier, and
 * who declines comes back just as who allows.
 */
export class TripIt extends SignedDouble {
  readonly slug = 'tripit';
  readonly clientId = '5dbf348aa966c5f7f07e8ce2ba5e7a3badc234bc';
  readonly clientSecret = 'fc8e9b6d4a1f2c3e5d7b9a8f6e4c2d1b3a5f7e9d';
  override lifetime = null;
  readonly call = {
    path: '/v1/list/trip?format=json',
    answer: (account: string) => ({ Trip: { id: account } }),
  };
  readonly #temporary = new Map<string, Temporary>();
  readonly #secrets = new Map<string, string>();

  constructor(world: World) {
    super(world);
    world.internet.host('api.tripit.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const authorize = 'https://www.tripit.com/oauth/authorize';
    const asked = this.readAuthorization(address, authorize, ['oauth_token', 'oauth_callback']);
    const callback = asked.get('oauth_callback') ?? '';
    if (callback !== this.registered) this.forbid(`The callback is ${callback}`);
    const token = asked.get('oauth_token') ?? '';
    const temporary = this.#temporary.get(token);
    if (!temporary) throw new Error(`No such token: ${token}`);
    if (decision.allow !== false) temporary.grant = this.newGrant(decision, []);
    const back = new URL(callback);
    back.searchParams.set('oauth_token', token);
    return back.href;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth/request_token') return this.#requestToken(request);
    if (pathname === '/oauth/access_token') return this.#accessToken(request);
    const signed = await this.verifySigned(request, (token) => this.#secrets.get(token));
    const grant = signed && this.findUser(signed.oauth_token);
    if (!grant) return new Response(null, { status: 401 });
    return Response.json(
      pathname === '/v1/get/profile'
        ? { Profile: { '@attributes': { ref: grant.account }, screen_name: 'traveller' } }
        : this.call.answer(grant.account),
    );
  }

  async #requestToken(request: Request): Promise<Response> {
    const signed = await this.verifySigned(request, () => '');
    if (!signed) return new Response(null, { status: 401 });
    if (signed.oauth_callback !== undefined) this.forbid('The request for a token knows no callback.');
    const token = crypto.randomUUID().replaceAll('-', '');
    const secret = crypto.randomUUID();
    this.#temporary.set(token, { secret, grant: null });
    return form({ oauth_token: token, oauth_token_secret: secret });
  }

  async #accessToken(request: Request): Promise<Response> {
    const signed = await this.verifySigned(request, (token) => this.#temporary.get(token)?.secret);
    const temporary = this.#temporary.get(signed?.oauth_token ?? '');
    if (!signed || !temporary?.grant) return new Response('not authorized', { status: 401 });
    if (signed.oauth_verifier !== undefined) this.forbid('There is no verifier.');
    this.#temporary.delete(signed.oauth_token ?? '');
    const token = this.newAccessToken(temporary.grant);
    const secret = crypto.randomUUID();
    this.#secrets.set(token, secret);
    return form({ oauth_token: token, oauth_token_secret: secret });
  }
}
