import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['api', 'refresh_token', 'offline_access', 'openid', 'profile', 'email', 'web', 'full'];
const instance = 'https://acme-dev-ed.my.salesforce.com';

/**
 * Salesforce's web server flow: the answer names the host to call and no lifetime; a session ends when it ends, with a 401.
 * A refresh brings an access token alone.
 */
export class Salesforce extends Double {
  readonly slug = 'salesforce';
  readonly clientId = '3MVG9IHf89I1t8hrvswazsWedXWY0iqK20PSFaInvUgLFB6vrcb9bbWFTSIHpO8G2jxBLJA6uZGyPFC5Aejq';
  readonly clientSecret = '4EF0A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E';
  override lifetime = 7200;
  readonly call = {
    path: '/services/data/v62.0/limits',
    answer: (account: string) => ({ DailyApiRequests: { Max: 15_000, of: account } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('login.salesforce.com', (request) => this.#login(request));
    world.internet.host(new URL(instance).host, (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const authorize = 'https://login.salesforce.com/services/oauth2/authorize';
    const asked = this.readAuthorization(address, authorize, ['client_id', 'redirect_uri', 'response_type']);
    this.wantChallenge(asked);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) {
      return this.back(asked, {
        error: 'access_denied',
        error_description: 'end-user denied authorization',
      });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 900) });
  }

  async #login(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const params = await this.readForm(request);
    if (pathname === '/services/oauth2/revoke') {
      this.revoked.push(params.get('token') ?? '');
      return new Response(null, { status: 200 });
    }
    if (pathname !== '/services/oauth2/token') this.forbid(`There is no ${pathname}.`);
    if (!this.isPostedClient(request, params)) {
      return failure('invalid_client', 'invalid client credentials');
    }
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant
        ? Response.json(this.#tokens(grant))
        : failure('invalid_grant', 'expired access/refresh token');
    }
    const grant = await this.redeem(params);
    if (!grant) return failure('invalid_grant', 'authentication failure');
    const mayRefresh = grant.scopes.some((scope) => scope === 'refresh_token' || scope === 'offline_access');
    const refreshToken = mayRefresh ? { refresh_token: this.newRefreshToken(grant, '5Aep861') } : {};
    return Response.json({ ...this.#tokens(grant), ...refreshToken, id_token: 'header.payload.signature' });
  }

  #tokens(grant: Grant): Record<string, string> {
    return {
      access_token: this.newAccessToken(grant, '00Dx0000000BV7z!'),
      signature: 'CMJ4l+CCaPQiKjoOEwEig9H4wqhpuLSk4J2urAe+fVg=',
      scope: grant.scopes.join(' '),
      instance_url: instance,
      id: 'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P',
      token_type: 'Bearer',
      issued_at: String(this.world.now),
    };
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) {
      const message = 'Session expired or invalid';
      return Response.json([{ message, errorCode: 'INVALID_SESSION_ID' }], { status: 401 });
    }
    const isUserinfo = new URL(request.url).pathname === '/services/oauth2/userinfo';
    return Response.json(
      isUserinfo
        ? { sub: grant.account, preferred_username: 'jane@example.com' }
        : this.call.answer(grant.account),
    );
  }
}

function failure(error: string, error_description: string): Response {
  return Response.json({ error, error_description }, { status: 400 });
}
