import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = [
  'activity',
  'heartrate',
  'location',
  'nutrition',
  'profile',
  'settings',
  'sleep',
  'social',
  'weight',
];

/** Fitbit Web API: a server application with PKCE, HTTP Basic, tokens for eight hours, refresh tokens for one use. */
export class Fitbit extends Double {
  readonly slug = 'fitbit';
  readonly clientId = '23ABCD';
  readonly clientSecret = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';
  override lifetime = 28_800;
  readonly call = {
    path: '/1/user/-/profile.json',
    answer: (account: string) => ({ user: { encodedId: account, displayName: 'Jane D.' } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('api.fitbit.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.fitbit.com/oauth2/authorize', [
      'response_type',
      'client_id',
      'scope',
      'state',
      'redirect_uri',
    ]);
    this.wantChallenge(asked);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) {
      return this.back(asked, {
        error: 'access_denied',
        error_description: 'The user denied the request.',
      });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 600) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth2/token') return this.#token(request);
    if (pathname === '/oauth2/revoke') return this.#revoke(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return failure(401, 'expired_token', 'Access token expired');
    return Response.json(this.call.answer(grant.account));
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) {
      return failure(401, 'invalid_client', 'Invalid authorization header format');
    }
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant
        ? this.#issue(grant)
        : failure(400, 'invalid_grant', 'Refresh token invalid: it may have been used');
    }
    if (params.get('grant_type') !== 'authorization_code') {
      this.forbid(`grant_type ${params.get('grant_type')}`);
      return failure(400, 'unsupported_grant_type', 'Unsupported grant type');
    }
    const grant = await this.redeem(params);
    return grant ? this.#issue(grant) : failure(400, 'invalid_grant', 'Authorization code invalid');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant),
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
      user_id: grant.account,
    });
  }

  async #revoke(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) return failure(401, 'invalid_client', 'Invalid client');
    this.revoked.push(params.get('token') ?? '');
    return new Response(null, { status: 200 });
  }
}

function failure(status: number, errorType: string, message: string): Response {
  return Response.json({ errors: [{ errorType, message }], success: false }, { status });
}
