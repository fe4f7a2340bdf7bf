import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['read:user', 'user:email', 'user', 'repo', 'public_repo', 'gist', 'read:org'];

/**
 * GitHub. Its token endpoint says everything with status 200, and in a form unless JSON is asked for; its API refuses who
 * has no User-Agent. An OAuth app's tokens don't end; a GitHub App's do, name no scopes, and can be refreshed. A token is
 * revoked by a DELETE whose path names the client, whose Basic credentials are the client's, and whose JSON is the token.
 */
export class GitHub extends Double {
  readonly slug = 'github';
  readonly clientId = 'Iv1.8a61f9b3a7aba766';
  readonly clientSecret = '0123456789abcdef0123456789abcdef01234567';
  override lifetime: number | null = null;
  readonly call = {
    path: '/user',
    answer: (account: string) => ({ login: 'octocat', id: Number(account.replace(/\D/g, '')) }),
  };

  constructor(world: World, { isGitHubApp = false }: { isGitHubApp?: boolean } = {}) {
    super(world);
    if (isGitHubApp) {
      this.lifetime = 28_800;
      this.fields.scopes = [];
    }
    world.internet.host('github.com', (request) => this.#token(request));
    world.internet.host('api.github.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://github.com/login/oauth/authorize', [
      'client_id',
      'redirect_uri',
      'state',
    ]);
    this.wantChallenge(asked);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) {
      return this.back(asked, {
        error: 'access_denied',
        error_description: 'The user has denied your application access.',
        error_uri: 'https://docs.github.com/apps/troubleshooting-authorization-request-errors/#access-denied',
      });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 600) });
  }

  async #token(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/login/oauth/access_token') {
      this.forbid(`There is no ${request.url}`);
      return new Response('Not Found', { status: 404 });
    }
    const params = await this.readForm(request);
    const isJson = request.headers.get('Accept')?.includes('application/json') ?? false;
    const answer = (fields: Record<string, string>) =>
      isJson ? Response.json(fields) : new Response(new URLSearchParams(fields).toString());
    if (!this.isPostedClient(request, params)) {
      return answer({
        error: 'incorrect_client_credentials',
        error_description: 'The client_id and/or client_secret passed are incorrect.',
      });
    }
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant
        ? answer(this.#tokens(grant))
        : answer({
            error: 'bad_refresh_token',
            error_description: 'The refresh token passed is incorrect or expired.',
          });
    }
    const grant = await this.redeem(params);
    return grant
      ? answer(this.#tokens(grant))
      : answer({
          error: 'bad_verification_code',
          error_description: 'The code passed is incorrect or expired.',
        });
  }

  #tokens(grant: Grant): Record<string, string> {
    if (this.lifetime === null) {
      // Scopes are asked for with spaces, and named with commas.
      return {
        access_token: this.newAccessToken(grant, 'gho_'),
        scope: grant.scopes.join(','),
        token_type: 'bearer',
      };
    }
    return {
      access_token: this.newAccessToken(grant, 'ghu_'),
      expires_in: String(this.lifetime),
      refresh_token: this.newRefreshToken(grant, 'ghr_'),
      refresh_token_expires_in: '15897600',
      scope: '',
      token_type: 'bearer',
    };
  }

  async #api(request: Request): Promise<Response> {
    if (!request.headers.get('User-Agent')) {
      this.forbid('A call has no User-Agent.');
      return new Response('Request forbidden by administrative rules.', { status: 403 });
    }
    if (new URL(request.url).pathname.startsWith('/applications/')) return this.#applications(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ message: 'Bad credentials' }, { status: 401 });
    return Response.json(this.call.answer(grant.account));
  }

  async #applications(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (request.method !== 'DELETE') this.forbid(`${request.method} is no DELETE.`);
    if (pathname !== `/applications/${this.clientId}/token` || search !== '') {
      this.forbid(`There is no ${pathname}${search}`);
      return Response.json({ message: 'Not Found' }, { status: 404 });
    }
    if (!this.isBasicClient(request, new URLSearchParams())) {
      return Response.json({ message: 'Bad credentials' }, { status: 401 });
    }
    const body = await this.readJson(request);
    if (Object.keys(body).join() !== 'access_token') {
      this.forbid(`The body has ${Object.keys(body)}.`);
      return Response.json({ message: 'Validation Failed' }, { status: 422 });
    }
    return this.revoke(body.access_token)
      ? new Response(null, { status: 204 })
      : Response.json({ message: 'Not Found' }, { status: 404 });
  }
}
