import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** ShareFile: the callback says in three parameters where the code is redeemed, and where the API is. */
export class ShareFile extends Double {
  readonly slug = 'sharefile';
  readonly clientId = 'dFDxRC4N3zGSzTHJMQLtGwWTGQyyHxyZ';
  readonly clientSecret = 'BbeV8zYLXzpWDQdDEzNAnXVKCPwGyYhH';
  override lifetime = 28_800;
  /** What the callback says. */
  place = { subdomain: 'acme', appcp: 'sharefile.com', apicp: 'sf-api.com' };
  readonly call = {
    path: '/sf/v3/Items(home)',
    answer: (account: string) => ({ Id: account }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('acme.sharefile.com', (request) => this.#token(request));
    world.internet.host('acme.sf-api.com', (request) => {
      const grant = this.findUser(this.bearerOf(request));
      return grant
        ? Response.json(this.call.answer(grant.account))
        : Response.json({ code: 'Unauthorized' }, { status: 401 });
    });
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://secure.sharefile.com/oauth/authorize', [
      'client_id',
      'redirect_uri',
      'response_type',
    ]);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const code = this.newCode(asked, this.newGrant(decision, []), 300);
    return this.back(asked, { code, ...this.place, h: 'digest' });
  }

  async #token(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/oauth/token') this.forbid(`There is no ${request.url}`);
    const params = await this.readForm(request);
    if (!this.isPostedClient(request, params)) {
      return Response.json({ error: 'invalid_client' }, { status: 401 });
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant: Grant | null = isRefresh
      ? this.findGrant(params.get('refresh_token'))
      : await this.redeem(params);
    if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 400 });
    return Response.json({
      access_token: this.newAccessToken(grant),
      refresh_token: this.newRefreshToken(grant),
      token_type: 'bearer',
      expires_in: this.lifetime,
      ...this.place,
    });
  }
}
