import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Garmin Connect's OAuth 2: PKCE is not optional, the client's id and secret go in the body, there are no scopes to ask for. */
export class Garmin extends Double {
  readonly slug = 'garmin';
  readonly clientId = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
  readonly clientSecret = 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA';
  override lifetime = 86_400;
  readonly call = {
    path: '/wellness-api/rest/user/permissions',
    answer: (account: string) => ({ permissions: ['ACTIVITY_EXPORT'], userId: account }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('diauth.garmin.com', (request) => this.#token(request));
    world.internet.host('apis.garmin.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://connect.garmin.com/oauth2Confirm', [
      'client_id',
      'response_type',
      'code_challenge',
      'code_challenge_method',
    ]);
    this.wantChallenge(asked);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, []), 600) });
  }

  async #token(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/di-oauth2-service/oauth/token')
      this.forbid(`There is no ${request.url}`);
    const params = await this.readForm(request);
    if (!this.isPostedClient(request, params)) {
      return Response.json(
        { error: 'invalid_client', error_description: 'Bad client credentials' },
        { status: 401 },
      );
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    if (!grant) {
      return Response.json({ error: 'invalid_grant', error_description: 'Invalid grant' }, { status: 400 });
    }
    return this.#issue(grant);
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'eyJnYXJt.'),
      expires_in: this.lifetime,
      token_type: 'bearer',
      refresh_token: this.newRefreshToken(grant, 'eyJyZWZy.'),
      scope: 'PARTNER_WRITE PARTNER_READ CONNECT_READ CONNECT_WRITE',
      jti: '9a1b2c3d',
      refresh_token_expires_in: 7_775_998,
    });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ message: 'Unauthorized' }, { status: 401 });
    const isId = new URL(request.url).pathname === '/wellness-api/rest/user/id';
    return Response.json(isId ? { userId: grant.account } : this.call.answer(grant.account));
  }
}
