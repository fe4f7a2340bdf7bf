import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** eBay: in the place of a redirect URI there is a RuName, which eBay knows the redirect URL of. */
export class EBay extends Double {
  readonly slug = 'ebay';
  readonly clientId = 'Acme-Shop-PRD-0123456789ab-cdef0123';
  readonly clientSecret = 'PLANTED-PRD-0123456789ab-cdef-0123';
  readonly ruName = 'Acme-AcmeShop-PRD-0-qwertyui';
  override readonly fields = { environment: { ru_name: this.ruName } };
  override lifetime = 7200;
  readonly call = {
    path: '/sell/account/v1/privilege',
    answer: (account: string) => ({ sellerRegistrationCompleted: true, account }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('api.ebay.com', (request) => this.#api(request));
    world.internet.host('apiz.ebay.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://auth.ebay.com/oauth2/authorize', [
      'client_id',
      'response_type',
      'scope',
    ]);
    if (asked.get('redirect_uri') !== this.ruName) this.forbid('redirect_uri isn’t the RuName.');
    const code = this.newCode(asked, this.newGrant(decision, []), 299);
    // It sends its users to the accepted URL of the RuName.
    asked.set('redirect_uri', this.registered);
    return this.back(asked, { code, expires_in: '299' });
  }

  async #api(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/identity/v1/oauth2/token') return this.#token(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ errors: [{ errorId: 1001 }] }, { status: 401 });
    if (pathname !== '/commerce/identity/v1/user/') return Response.json(this.call.answer(grant.account));
    return Response.json({ userId: grant.account, username: 'acme-seller' });
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) return refuse('invalid_client');
    if (params.get('grant_type') === 'refresh_token') {
      if (params.has('redirect_uri')) this.forbid('A refresh has no redirect_uri.');
      const grant = this.findGrant(params.get('refresh_token'));
      return grant ? this.#issue(grant, {}) : refuse('invalid_grant');
    }
    const grant = await this.redeem(params);
    if (!grant) return refuse('invalid_grant');
    return this.#issue(grant, {
      refresh_token: this.newRefreshToken(grant),
      refresh_token_expires_in: 47_304_000,
    });
  }

  #issue(grant: Grant, more: Record<string, unknown>): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'v^1.1#'),
      expires_in: this.lifetime,
      token_type: 'User Access Token',
      ...more,
    });
  }
}

function refuse(error: string): Response {
  return Response.json({ error, error_description: error }, { status: 400 });
}
