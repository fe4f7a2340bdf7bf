import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Zalo: the secret goes in a header of its own, the client is called app_id, and PKCE is a must. */
export class Zalo extends Double {
  readonly slug = 'zalo';
  readonly clientId = '4123456789012345678';
  readonly clientSecret = 'PLANTED-sEcReTkEy0123456789';
  override lifetime = 3600;
  readonly call = {
    path: '/v2.0/me/friends?fields=id,name',
    answer: (account: string) => ({ data: [{ id: account }] }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('oauth.zaloapp.com', (request) => this.#token(request));
    world.internet.host('graph.zalo.me', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://oauth.zaloapp.com/v4/permission', [
      'app_id',
      'redirect_uri',
      'code_challenge',
      'state',
    ]);
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, []), 600) });
  }

  #api(request: Request): Response {
    const grant = this.findUser(request.headers.get('access_token'));
    if (!grant) return Response.json({ error: -216, message: 'Access token is invalid' }, { status: 401 });
    const isProfile = new URL(request.url).pathname === '/v2.0/me';
    return Response.json(
      isProfile ? { id: grant.account, name: 'Nguyễn Văn A' } : this.call.answer(grant.account),
    );
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (request.headers.get('secret_key') !== this.clientSecret) {
      this.forbid('secret_key isn’t the secret.');
      return Response.json({ error: -14004, error_name: 'Invalid secret key' });
    }
    if (params.get('app_id') !== this.clientId) this.forbid('app_id isn’t the client.');
    if ([...params.values()].includes(this.clientSecret)) this.forbid('The secret is in the body, too.');
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    return grant ? this.#issue(grant) : Response.json({ error: -14005, error_name: 'Invalid code' });
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant),
      refresh_token: this.newRefreshToken(grant),
      expires_in: String(this.lifetime),
    });
  }
}
