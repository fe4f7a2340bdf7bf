import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const userScopes = [
  'users:read',
  'channels:read',
  'channels:history',
  'chat:write',
  'search:read',
  'files:read',
];

/**
 * Slack, an app with token rotation and user scopes. Every answer has status 200 and says `ok`. A code brings the user's
 * token below `authed_user`, a refresh brings it at the top.
 */
export class Slack extends Double {
  readonly slug = 'slack';
  readonly clientId = '2141029472.691202649728';
  readonly clientSecret = 'e1b9e11dfcd19c1982d5de12921e17e8';
  override lifetime = 43_200;
  readonly call = {
    path: '/api/users.identity',
    answer: (account: string) => ({ ok: true, user: { id: account } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('slack.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://slack.com/oauth/v2/authorize', [
      'client_id',
      'user_scope',
      'redirect_uri',
      'state',
    ]);
    if (asked.has('scope')) this.forbid('scope asks for a bot.');
    const granted = this.readScopes(asked.get('user_scope'), ',', userScopes);
    if (decision.allow === false) {
      return this.back(asked, { error: 'access_denied', error_description: 'The user denied access' });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 600) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/api/oauth.v2.access') return this.#access(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ ok: false, error: 'token_expired' });
    if (pathname !== '/api/auth.test') return Response.json(this.call.answer(grant.account));
    if (request.method !== 'POST') this.forbid('auth.test is a POST.');
    return Response.json({ ok: true, user: 'grace', user_id: grant.account, team_id: 'T12345678' });
  }

  async #access(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) return Response.json({ ok: false, error: 'bad_client_secret' });
    const team = { id: 'T9TK3CUKW', name: 'Slack Softball Team' };
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      if (!grant) return Response.json({ ok: false, error: 'invalid_refresh_token' });
      return Response.json({ ok: true, app_id: 'A0KRD7HC3', team, enterprise: null, ...this.#tokens(grant) });
    }
    const grant = await this.redeem(params);
    if (!grant) return Response.json({ ok: false, error: 'invalid_code' });
    return Response.json({
      ok: true,
      app_id: 'A0KRD7HC3',
      team,
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { id: grant.account, ...this.#tokens(grant) },
    });
  }

  #tokens(grant: Grant): Record<string, unknown> {
    return {
      scope: grant.scopes.join(','),
      access_token: this.newAccessToken(grant, 'xoxe.xoxp-1-'),
      token_type: 'user',
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant, 'xoxe-1-'),
    };
  }
}
