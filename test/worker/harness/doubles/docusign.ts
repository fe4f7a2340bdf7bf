import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Docusign: which host to call is in the userinfo, with each account; one of them is the user’s default. */
export class Docusign extends Double {
  readonly slug = 'docusign';
  readonly clientId = '230546a7-9c55-40ad-8fbf-af205d5494ad';
  readonly clientSecret = '3087555e-0a1c-4aa8-b326-682c7bf276e9';
  override lifetime = 28_800;
  /** Where the default account is; null: the userinfo isn’t to be had. */
  baseUri: string | null = 'https://na3.docusign.net';
  readonly call = {
    path: '/restapi/v2.1/accounts/b1/envelopes?count=1',
    answer: (account: string) => ({ resultSetSize: '0', owner: account }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('account.docusign.com', (request) => this.#account(request));
    world.internet.host('na3.docusign.net', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://account.docusign.com/oauth/auth', [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
    ]);
    const granted = this.readScopes(asked.get('scope'), ' ', ['signature', 'extended', 'impersonation']);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 120) });
  }

  async #account(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/oauth/userinfo') return this.#userinfo(request);
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) {
      return Response.json({ error: 'invalid_client' }, { status: 401 });
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 400 });
    return Response.json({
      access_token: this.newAccessToken(grant),
      token_type: 'Bearer',
      refresh_token: this.newRefreshToken(grant),
      expires_in: this.lifetime,
    });
  }

  #userinfo(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant || this.baseUri === null) return new Response(null, { status: 401 });
    return Response.json({
      sub: grant.account,
      name: 'Susan Smart',
      email: 'susan.smart@example.com',
      accounts: [
        { account_id: 'a1', is_default: false, account_name: 'NewCo', base_uri: 'https://na1.docusign.net' },
        { account_id: 'b1', is_default: true, account_name: 'World Wide Co', base_uri: this.baseUri },
      ],
    });
  }

  #api(request: Request): Response {
    const grant: Grant | null = this.findUser(this.bearerOf(request));
    return grant
      ? Response.json(this.call.answer(grant.account))
      : Response.json({ errorCode: 'AUTHORIZATION_INVALID_TOKEN' }, { status: 401 });
  }
}
