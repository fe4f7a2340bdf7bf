import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = [
  'read',
  'read_all',
  'profile:read_all',
  'profile:write',
  'activity:read',
  'activity:read_all',
];

/**
 * Strava: scopes with commas. The user may grant fewer, and the callback alone says which. The token answer says when the
 * token ends, in seconds since the epoch. Deauthorizing is a POST of nothing, signed as a call is.
 */
export class Strava extends Double {
  readonly slug = 'strava';
  readonly clientId = '54321';
  readonly clientSecret = 'd5b2a1c0f9e8d7c6b5a4938271605f4e3d2c1b0a';
  override lifetime = 21_600;
  override readonly fields = { scopes: ['read', 'activity:read'] };
  readonly call = {
    path: '/api/v3/athlete',
    answer: (account: string) => ({ id: Number(account.replace(/\D/g, '')), username: 'marianne_t' }),
  };
  /** What the user unticks on the page. */
  withheld: string[] = [];

  constructor(world: World) {
    super(world);
    world.internet.host('www.strava.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.strava.com/oauth/authorize', [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
    ]);
    if (!['force', 'auto', null].includes(asked.get('approval_prompt'))) this.forbid('approval_prompt');
    const wanted = this.readScopes(asked.get('scope'), ',', scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const granted = wanted.filter((scope) => !this.withheld.includes(scope));
    const code = this.newCode(asked, this.newGrant(decision, granted), 600);
    return this.back(asked, { code, scope: granted.join(',') });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth/token' || pathname === '/api/v3/oauth/token') return this.#token(request);
    if (pathname === '/oauth/deauthorize') return this.#deauthorize(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return failure(401, 'Authorization Error', 'Athlete', 'access_token');
    return Response.json(this.call.answer(grant.account));
  }

  async #deauthorize(request: Request): Promise<Response> {
    if (request.method !== 'POST') this.forbid(`${request.method} is no POST.`);
    if (new URL(request.url).search !== '') this.forbid('There is a query.');
    await this.wantNoBody(request);
    const token = this.bearerOf(request);
    return this.revoke(token)
      ? Response.json({ access_token: token })
      : failure(401, 'Authorization Error', 'Athlete', 'access_token');
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isPostedClient(request, params)) return failure(401, 'Authorization Error', 'Application', '');
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant
        ? Response.json(this.#tokens(grant))
        : failure(400, 'Bad Request', 'RefreshToken', 'refresh_token');
    }
    if (params.get('grant_type') !== 'authorization_code') this.forbid('grant_type');
    const grant = await this.redeem(params);
    if (!grant) return failure(400, 'Bad Request', 'RequestToken', 'code');
    return Response.json({ ...this.#tokens(grant), athlete: this.call.answer(grant.account) });
  }

  #tokens(grant: Grant): Record<string, unknown> {
    return {
      token_type: 'Bearer',
      expires_at: Math.floor(this.world.now / 1000) + this.lifetime,
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant),
      access_token: this.newAccessToken(grant),
    };
  }
}

function failure(status: number, message: string, resource: string, field: string): Response {
  return Response.json({ message, errors: [{ resource, field, code: 'invalid' }] }, { status });
}
