import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['identity', 'edit', 'history', 'mysubreddits', 'read', 'save', 'submit', 'subscribe', 'vote'];

/**
 * Reddit: a User-Agent of one's own on every request, HTTP Basic, and a refresh token only where `duration` is
 * `permanent`; it stays the same. Errors of the token endpoint come with status 200.
 */
export class Reddit extends Double {
  readonly slug = 'reddit';
  readonly clientId = 'p-jcoLKBynTLew';
  readonly clientSecret = 'gko_LXELoV07ZBNUXrvWZfzE3aI';
  readonly call = {
    path: '/subreddits/mine/subscriber',
    answer: (account: string) => ({ kind: 'Listing', data: { after: account } }),
  };
  readonly #permanent = new WeakSet<Grant>();

  constructor(world: World) {
    super(world);
    world.internet.host('www.reddit.com', (request) => this.#account(request));
    world.internet.host('oauth.reddit.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.reddit.com/api/v1/authorize', [
      'client_id',
      'response_type',
      'state',
      'redirect_uri',
      'duration',
      'scope',
    ]);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const grant = this.newGrant(decision, granted);
    if (asked.get('duration') === 'permanent') this.#permanent.add(grant);
    return this.back(asked, { code: this.newCode(asked, grant, 600) });
  }

  /** Requests that look like a library's are throttled. */
  #throttles(request: Request): boolean {
    const agent = request.headers.get('User-Agent') ?? '';
    const isOwn = agent !== '' && !/^(curl|node|python|undici|Mozilla)/i.test(agent);
    if (!isOwn) this.forbid(`${new URL(request.url).pathname} has no User-Agent of its own.`);
    return !isOwn;
  }

  async #account(request: Request): Promise<Response> {
    if (this.#throttles(request)) return failure(429, 'Too Many Requests');
    const { pathname } = new URL(request.url);
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) return failure(401, 'Unauthorized');
    if (pathname === '/api/v1/revoke_token') {
      this.revoked.push(params.get('token') ?? '');
      return new Response(null, { status: 204 });
    }
    if (pathname !== '/api/v1/access_token') this.forbid(`There is no ${pathname}.`);
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 400 });
      return this.#issue(grant, grant.refreshToken);
    }
    if (params.get('grant_type') !== 'authorization_code') {
      this.forbid(`grant_type ${params.get('grant_type')}`);
      return Response.json({ error: 'unsupported_grant_type' });
    }
    const grant = await this.redeem(params);
    if (!grant) return Response.json({ error: 'invalid_grant' });
    return this.#issue(grant, this.#permanent.has(grant) ? this.newRefreshToken(grant) : null);
  }

  #issue(grant: Grant, refreshToken: string | null): Response {
    return Response.json({
      access_token: this.newAccessToken(grant),
      token_type: 'bearer',
      expires_in: this.lifetime,
      scope: grant.scopes.join(' '),
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    });
  }

  #api(request: Request): Response {
    if (this.#throttles(request)) return failure(429, 'Too Many Requests');
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return failure(401, 'Unauthorized');
    const isMe = new URL(request.url).pathname === '/api/v1/me';
    return Response.json(isMe ? { id: grant.account, name: 'spez' } : this.call.answer(grant.account));
  }
}

function failure(status: number, message: string): Response {
  return Response.json({ message, error: status }, { status });
}
