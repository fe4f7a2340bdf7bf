import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access', 'User.Read', 'Mail.Read', 'Calendars.Read'];

/**
 * The Microsoft identity platform, v2.0. A refresh token only where `offline_access` is asked for; the scopes of an answer
 * are the access token's, of which `offline_access` is none. Each refresh brings another refresh token.
 */
export class Microsoft extends Double {
  readonly slug = 'microsoft';
  readonly clientId = '6731de76-14a6-49ae-97bc-6eba6914391e';
  readonly clientSecret = 'jXoM3iz~sampleSecret.Value_1234567890abcd';
  override lifetime = 3599;
  readonly call = {
    path: '/v1.0/me',
    answer: (account: string) => ({ id: account, userPrincipalName: 'AdeleV@contoso.com' }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('login.microsoftonline.com', (request) => this.#token(request));
    world.internet.host('graph.microsoft.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const authorize = 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize';
    const asked = this.readAuthorization(address, authorize, [
      'client_id',
      'response_type',
      'redirect_uri',
      'scope',
      'state',
    ]);
    this.wantChallenge(asked);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) {
      return this.back(asked, {
        error: 'access_denied',
        error_description: 'AADSTS65004: User declined to consent to access the app.',
      });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 600) });
  }

  async #token(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/common/oauth2/v2.0/token')
      this.forbid(`There is no ${request.url}`);
    const params = await this.readForm(request);
    if (!this.isPostedClient(request, params)) {
      return failure(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.', 7000215);
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    if (!grant) {
      return failure(
        400,
        'invalid_grant',
        'AADSTS70000: The provided grant has expired or was revoked.',
        70000,
      );
    }
    return this.#issue(grant);
  }

  #issue(grant: Grant): Response {
    const isOffline = grant.scopes.includes('offline_access');
    return Response.json({
      token_type: 'Bearer',
      scope: grant.scopes.filter((scope) => scope !== 'offline_access').join(' '),
      expires_in: this.lifetime,
      ext_expires_in: this.lifetime,
      access_token: this.newAccessToken(grant, 'eyJ0eXAi.'),
      ...(isOffline ? { refresh_token: this.newRefreshToken(grant, '0.AAAA') } : {}),
    });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    const error = {
      code: 'InvalidAuthenticationToken',
      message: 'Lifetime validation failed, the token is expired.',
    };
    return grant ? Response.json(this.call.answer(grant.account)) : Response.json({ error }, { status: 401 });
  }
}

function failure(status: number, error: string, error_description: string, code: number): Response {
  return Response.json(
    { error, error_description, error_codes: [code], timestamp: '2026-11-22 09:00:00Z', correlation_id: 'c' },
    { status },
  );
}
