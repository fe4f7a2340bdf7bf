import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ', 'ITEMS_READ', 'CUSTOMERS_READ'];

/**
 * Square: the token endpoint takes JSON alone, and says when a token ends. What revokes is signed by the secret, with a
 * scheme of its own, and names the client and the token in JSON.
 */
export class Square extends Double {
  readonly slug = 'square';
  readonly clientId = 'sq0idp-uaPHILoPzWZk3tlJqlML0g';
  readonly clientSecret = 'sq0csp-30a-4C_tVOnTh14Piza2BfTPBXyLafLPWSzY1qAjeBfM';
  override lifetime = 30 * 86_400;
  readonly call = { path: '/v2/locations', answer: (account: string) => ({ locations: [{ id: account }] }) };

  constructor(world: World) {
    super(world);
    world.internet.host('connect.squareup.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://connect.squareup.com/oauth2/authorize', [
      'client_id',
      'scope',
      'state',
    ]);
    if (asked.get('session') !== 'false') this.forbid('session isn’t false.');
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 300) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth2/token') return this.#token(request);
    if (pathname === '/oauth2/revoke') return this.#revocation(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return failure('UNAUTHORIZED');
    if (pathname !== '/v2/merchants/me') return Response.json(this.call.answer(grant.account));
    return Response.json({ merchant: { id: grant.account, business_name: 'Apple A Day', country: 'US' } });
  }

  async #token(request: Request): Promise<Response> {
    if (request.method !== 'POST') this.forbid(`${request.method} is no POST.`);
    const params = new URLSearchParams(await this.readJson(request));
    if (!this.isPostedClient(request, params)) return failure('UNAUTHORIZED');
    const grant =
      params.get('grant_type') === 'refresh_token'
        ? this.findGrant(params.get('refresh_token'))
        : await this.redeem(params);
    if (!grant) return failure('UNAUTHORIZED');
    return Response.json({ ...this.#tokens(grant), token_type: 'bearer', merchant_id: grant.account });
  }

  #tokens(grant: Grant): Record<string, unknown> {
    return {
      access_token: this.newAccessToken(grant, 'EAAA'),
      expires_at: new Date(this.world.now + this.lifetime * 1000).toISOString(),
      refresh_token: grant.refreshToken ?? this.newRefreshToken(grant, 'EQAA'),
      short_lived: false,
    };
  }

  async #revocation(request: Request): Promise<Response> {
    if (request.method !== 'POST') this.forbid(`${request.method} is no POST.`);
    if (request.headers.get('Authorization') !== `Client ${this.clientSecret}`) {
      this.forbid('The secret doesn’t sign the revocation.');
      return failure('UNAUTHORIZED');
    }
    const body = await this.readJson(request);
    if (Object.keys(body).sort().join() !== 'access_token,client_id') {
      this.forbid(`The body has ${Object.keys(body)}.`);
    }
    if (body.client_id !== this.clientId) {
      this.forbid('The client isn’t known.');
      return failure('NOT_FOUND');
    }
    return this.revoke(body.access_token) ? Response.json({ success: true }) : failure('NOT_FOUND');
  }
}

function failure(code: 'UNAUTHORIZED' | 'NOT_FOUND'): Response {
  const isKnown = code === 'UNAUTHORIZED';
  const category = isKnown ? 'AUTHENTICATION_ERROR' : 'INVALID_REQUEST_ERROR';
  return Response.json({ errors: [{ category, code }] }, { status: isKnown ? 401 : 404 });
}
