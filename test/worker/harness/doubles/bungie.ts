import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Bungie.net: scopes and redirect URL are those of the registration; every call carries an API key besides. */
export class Bungie extends Double {
  readonly slug = 'bungie';
  readonly clientId = '41234';
  readonly clientSecret = 'PLANTED-TqlCb4VTZc89.7NKgBp9eFgjNb';
  readonly apiKey = 'PLANTED-6747e6eaab87471cb98620895e554c69';
  override readonly fields = { environment: { api_key: this.apiKey } };
  readonly call = {
    path: '/Platform/Destiny2/Manifest/',
    answer: (account: string) => ({ Response: { version: account } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('www.bungie.net', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const documented = 'https://www.bungie.net/en/oauth/authorize';
    const asked = this.readAuthorization(address, documented, ['client_id', 'response_type', 'redirect_uri']);
    if (asked.has('scope')) this.forbid('The scope can’t be asked for.');
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, []), 300) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (/^\/platform\/app\/oauth\/token\/?$/i.test(pathname)) return this.#token(request);
    if (request.headers.get('X-API-Key') !== this.apiKey) {
      this.forbid('A call has no X-API-Key.');
      return Response.json({ ErrorCode: 2102, ErrorStatus: 'ApiKeyMissingFromRequest' }, { status: 401 });
    }
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ ErrorCode: 99, ErrorStatus: 'WebAuthRequired' }, { status: 401 });
    if (pathname !== '/Platform/User/GetCurrentBungieNetUser/')
      return Response.json(this.call.answer(grant.account));
    return Response.json({ Response: { membershipId: grant.account, uniqueName: 'name#1234' } });
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) return refuse('invalid_client');
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    return grant ? this.#issue(grant) : refuse('invalid_grant');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant),
      token_type: 'Bearer',
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant),
      refresh_expires_in: 7_776_000,
      membership_id: grant.account,
    });
  }
}

function refuse(error: string): Response {
  return Response.json({ error, error_description: error }, { status: 400 });
}
