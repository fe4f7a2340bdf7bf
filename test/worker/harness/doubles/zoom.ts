import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Zoom: HTTP Basic, PKCE where it was begun with it, refresh tokens for one use, scopes set for the app. */
export class Zoom extends Double {
  readonly slug = 'zoom';
  readonly clientId = 'abcDEFghiJKLmnoPQRstu';
  readonly clientSecret = 'AbCdEfGhIjKlMnOpQrStUvWxYz012345';
  override lifetime = 3599;
  readonly call = {
    path: '/v2/users/me',
    answer: (account: string) => ({ id: account, email: 'jchill@example.com' }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('zoom.us', (request) => this.#oauth(request));
    world.internet.host('api.zoom.us', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://zoom.us/oauth/authorize', [
      'response_type',
      'redirect_uri',
      'client_id',
    ]);
    if (asked.has('code_challenge')) this.wantChallenge(asked);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, ['user:read:user']), 300) });
  }

  async #oauth(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) {
      return Response.json(
        { reason: 'Invalid client_id or client_secret', error: 'invalid_client' },
        { status: 401 },
      );
    }
    if (pathname === '/oauth/revoke') {
      this.revoked.push(params.get('token') ?? '');
      return Response.json({ status: 'success' });
    }
    if (pathname !== '/oauth/token') this.forbid(`There is no ${pathname}.`);
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant ? this.#issue(grant) : refuseGrant('Invalid Token!');
    }
    if (params.get('grant_type') !== 'authorization_code') {
      this.forbid('grant_type');
      return Response.json(
        { reason: 'unsupported grant type', error: 'unsupported_grant_type' },
        { status: 400 },
      );
    }
    const grant = await this.redeem(params);
    return grant ? this.#issue(grant) : refuseGrant('Invalid authorization code');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'eyJ6b29t.'),
      token_type: 'bearer',
      refresh_token: this.newRefreshToken(grant, 'eyJyZWZy.'),
      expires_in: this.lifetime,
      scope: grant.scopes.join(' '),
      api_url: 'https://api.zoom.us',
    });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    return grant
      ? Response.json(this.call.answer(grant.account))
      : Response.json({ code: 124, message: 'Access token is expired.' }, { status: 401 });
  }
}

function refuseGrant(reason: string): Response {
  return Response.json({ reason, error: 'invalid_grant' }, { status: 400 });
}
