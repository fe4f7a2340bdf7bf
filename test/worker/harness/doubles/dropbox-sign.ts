import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Dropbox Sign: a code is traded with the state that it was asked for with, in JSON. */
export class DropboxSign extends Double {
  readonly slug = 'hellosign';
  readonly clientId = 'cc91c61d00f8bb2ece1428035716b';
  readonly clientSecret = 'PLANTED-1d14434088507ffa390e6f5528465';
  readonly call = {
    path: '/v3/signature_request/list',
    answer: (account: string) => ({ signature_requests: [{ requester: account }] }),
  };
  /** By code, the state that it was asked for with. */
  readonly #states = new Map<string, string | null>();

  constructor(world: World) {
    super(world);
    world.internet.host('app.hellosign.com', (request) => this.#token(request));
    world.internet.host('api.hellosign.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const documented = 'https://app.hellosign.com/oauth/authorize';
    const asked = this.readAuthorization(address, documented, ['response_type', 'client_id', 'state']);
    const code = this.newCode(asked, this.newGrant(decision, ['basic_account_info']), 600);
    this.#states.set(code, asked.get('state'));
    return this.back(asked, { code });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return Response.json({ error: { error_name: 'unauthorized' } }, { status: 401 });
    const account = { account_id: grant.account, email_address: 'me@dropboxsign.com' };
    const isProfile = new URL(request.url).pathname === '/v3/account';
    return Response.json(isProfile ? { account } : this.call.answer(grant.account));
  }

  async #token(request: Request): Promise<Response> {
    if (request.headers.get('Content-Type') !== 'application/json') this.forbid('The body is no JSON.');
    const params = new URLSearchParams(await request.json<Record<string, string>>());
    const isRefresh = params.get('grant_type') === 'refresh_token';
    if (new URL(request.url).search !== (isRefresh ? '?refresh' : '')) this.forbid(request.url);
    if (!this.isPostedClient(request, params)) return refuse('invalid_client');
    if (isRefresh && params.has('state')) this.forbid('A refresh has no state.');
    if (!isRefresh && params.get('state') !== this.#states.get(params.get('code') ?? '')) {
      this.forbid('The state isn’t the one of the authorization.');
      return refuse('invalid_grant');
    }
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    return grant ? this.#issue(grant) : refuse('invalid_grant');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant),
      token_type: 'Bearer',
      refresh_token: this.newRefreshToken(grant),
      expires_in: this.lifetime,
      state: null,
    });
  }
}

function refuse(error: string): Response {
  return Response.json({ error, error_description: error }, { status: 400 });
}
