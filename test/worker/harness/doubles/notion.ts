import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/**
 * Notion: `owner=user` at the authorization, JSON and HTTP Basic at the token endpoint, a version on every call. There are
 * no scopes. Tokens come without a lifetime; a refresh brings another pair.
 */
export class Notion extends Double {
  readonly slug = 'notion';
  readonly clientId = '463558a3-725e-4f37-b6d3-0889894f68de';
  readonly clientSecret = 'secret_abcdefghijklmnopqrstuvwxyz0123456789ABCDEF';
  readonly call = {
    path: '/v1/users',
    answer: (account: string) => ({ object: 'list', results: [{ object: 'user', id: account }] }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('api.notion.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://api.notion.com/v1/oauth/authorize', [
      'client_id',
      'redirect_uri',
      'response_type',
      'owner',
    ]);
    if (asked.get('owner') !== 'user') this.forbid('owner isn’t user.');
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, []), 600) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/oauth/token') return this.#token(request);
    if (!/^\d{4}-\d\d-\d\d$/.test(request.headers.get('Notion-Version') ?? '')) {
      this.forbid('A call has no Notion-Version.');
      return failure(400, 'missing_version', 'Notion-Version header should be defined.');
    }
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return failure(401, 'unauthorized', 'API token is invalid.');
    if (pathname !== '/v1/users/me') return Response.json(this.call.answer(grant.account));
    const owner = { type: 'user', user: { object: 'user', id: 'user-of-notion' } };
    const bot = { owner, workspace_name: 'Ada Lovelace’s Notion' };
    return Response.json({ object: 'user', id: grant.account, type: 'bot', bot });
  }

  async #token(request: Request): Promise<Response> {
    const type = request.headers.get('Content-Type') ?? '';
    if (request.method !== 'POST' || !type.startsWith('application/json')) {
      this.forbid(`${request.method} of ${type}`);
      return failure(400, 'invalid_json', 'Error parsing JSON body.');
    }
    const params = new URLSearchParams(await request.json<Record<string, string>>());
    if (!this.isBasicClient(request, params)) {
      return Response.json({ error: 'invalid_client' }, { status: 401 });
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    return grant ? this.#issue(grant) : Response.json({ error: 'invalid_grant' }, { status: 400 });
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'ntn_'),
      token_type: 'bearer',
      refresh_token: this.newRefreshToken(grant, 'nrt_'),
      bot_id: grant.account,
      workspace_icon: null,
      workspace_id: 'e7d5a6b0-workspace',
      workspace_name: 'Ada Lovelace’s Notion',
      owner: { type: 'user', user: { object: 'user', id: 'user-of-notion' } },
      duplicated_template_id: null,
    });
  }
}

function failure(status: number, code: string, message: string): Response {
  return Response.json({ object: 'error', status, code, message }, { status });
}
