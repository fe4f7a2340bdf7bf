import type { World } from '../world.ts';
import { type Decision, Double } from './double.ts';

const scopes = ['public_profile', 'email', 'pages_show_list', 'pages_read_engagement', 'instagram_basic'];

/**
 * Facebook: a token of sixty days and no refresh token. What the user has allowed is an edge of theirs in the graph: to
 * delete it revokes all of it. The token that signs is in the query.
 */
export class Facebook extends Double {
  readonly slug = 'facebook';
  readonly clientId = '123456789012345';
  readonly clientSecret = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  override lifetime = 60 * 86_400;
  readonly call = {
    path: '/v25.0/me/accounts',
    answer: (account: string) => ({ data: [{ id: `page of ${account}` }] }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('graph.facebook.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.facebook.com/dialog/oauth', [
      'client_id',
      'redirect_uri',
      'state',
    ]);
    const granted = this.readScopes(asked.get('scope'), ',', scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 600) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth/access_token') return this.#token(request);
    if (pathname === '/me/permissions') return this.#permissions(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return refusal();
    return Response.json(
      pathname === '/me' ? { id: grant.account, name: 'Jane Doe' } : this.call.answer(grant.account),
    );
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    const grant = this.isPostedClient(request, params) ? await this.redeem(params) : null;
    if (!grant) return refusal();
    return Response.json({
      access_token: this.newAccessToken(grant, 'EAAB'),
      token_type: 'bearer',
      expires_in: this.lifetime,
    });
  }

  async #permissions(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    if (request.method !== 'DELETE') this.forbid(`${request.method} is no DELETE.`);
    if ([...searchParams.keys()].join() !== 'access_token') this.forbid(`The query is ${searchParams}.`);
    if (request.headers.has('Authorization')) this.forbid('Authorization is there.');
    await this.wantNoBody(request);
    return this.revoke(searchParams.get('access_token')) ? Response.json({ success: true }) : refusal();
  }
}

function refusal(): Response {
  const error = { message: 'Error validating access token', type: 'OAuthException', code: 190 };
  return Response.json({ error }, { status: 400 });
}
