import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** A scope, and what the token answer calls it. */
const scopes: Record<string, string> = {
  openid: 'openid',
  email: 'https://www.googleapis.com/auth/userinfo.email',
  profile: 'https://www.googleapis.com/auth/userinfo.profile',
  'https://www.googleapis.com/auth/userinfo.email': 'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile': 'https://www.googleapis.com/auth/userinfo.profile',
  'https://www.googleapis.com/auth/calendar.readonly': 'https://www.googleapis.com/auth/calendar.readonly',
};

/**
 * Google: a refresh token only for who asks for offline access, and then only the first time, unless consent is asked for
 * anew. Short names of scopes come back as their URLs.
 */
export class Google extends Double {
  readonly slug = 'google';
  readonly clientId = '812741506391-h38jh0j4fv0ce1krdkiq0hfvt6n5amrf.apps.googleusercontent.com';
  readonly clientSecret = 'GOCSPX-abcdefghijklmnopqrstuvwxyz12';
  override lifetime = 3599;
  readonly call = {
    path: '/calendar/v3/users/me/calendarList',
    answer: (account: string) => ({ kind: 'calendar#calendarList', etag: account }),
  };
  readonly #offline = new WeakSet<Grant>();
  readonly #consented = new Set<string>();

  constructor(world: World) {
    super(world);
    world.internet.host('oauth2.googleapis.com', (request) => this.#oauth(request));
    world.internet.host('openidconnect.googleapis.com', (request) => this.#userinfo(request));
    world.internet.host('www.googleapis.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://accounts.google.com/o/oauth2/v2/auth', [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
    ]);
    if (asked.has('code_challenge')) this.wantChallenge(asked);
    const granted = this.readScopes(asked.get('scope'), ' ', Object.keys(scopes)).map(
      (scope) => scopes[scope] ?? '',
    );
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const grant = this.newGrant(decision, granted);
    const first = !this.#consented.has(grant.account);
    this.#consented.add(grant.account);
    if (asked.get('access_type') === 'offline' && (first || asked.get('prompt') === 'consent')) {
      this.#offline.add(grant);
    }
    const code = this.newCode(asked, grant, 600);
    return this.back(asked, { code, scope: granted.join(' '), authuser: '0', prompt: 'consent' });
  }

  async #oauth(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const params = await this.readForm(request);
    if (pathname === '/revoke') {
      this.revoked.push(params.get('token') ?? '');
      return Response.json({});
    }
    if (pathname !== '/token') this.forbid(`There is no ${request.url}`);
    if (!this.isPostedClient(request, params)) {
      return Response.json({ error: 'invalid_client', error_description: 'Unauthorized' }, { status: 401 });
    }
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant ? this.#issue(grant, false) : refuseGrant('Token has been expired or revoked.');
    }
    const grant = await this.redeem(params);
    return grant ? this.#issue(grant, this.#offline.has(grant)) : refuseGrant('Malformed auth code.');
  }

  #issue(grant: Grant, withRefreshToken: boolean): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'ya29.'),
      expires_in: this.lifetime,
      ...(withRefreshToken ? { refresh_token: this.newRefreshToken(grant, '1//') } : {}),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
      id_token: 'header.payload.signature',
    });
  }

  #userinfo(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant?.scopes.includes('openid')) {
      return Response.json(
        { error: 'invalid_request', error_description: 'Invalid Credentials' },
        { status: 401 },
      );
    }
    return Response.json({ sub: grant.account, email: 'jane@example.com', email_verified: true });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    const error = { code: 401, message: 'Request had invalid authentication credentials.' };
    return grant
      ? Response.json(this.call.answer(grant.account))
      : Response.json({ error: { ...error, status: 'UNAUTHENTICATED' } }, { status: 401 });
  }
}

function refuseGrant(error_description: string): Response {
  return Response.json({ error: 'invalid_grant', error_description }, { status: 400 });
}
