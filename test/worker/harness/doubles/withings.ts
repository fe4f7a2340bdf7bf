import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['user.info', 'user.metrics', 'user.activity', 'user.sleepevents'];

/**
 * Withings: every answer has status 200, with a `status` of its own (0 is success) and the matter below `body`. What is
 * wanted of an endpoint is said by `action`. A code is good for half a minute.
 */
export class Withings extends Double {
  readonly slug = 'withings';
  readonly clientId = 'c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f80';
  readonly clientSecret = 's1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f80';
  override lifetime = 10_800;
  override readonly fields = { scopes: ['user.info', 'user.metrics'] };
  readonly call = {
    path: '/v2/user?action=getdevice',
    init: { method: 'POST' },
    answer: (account: string) => ({ status: 0, body: { devices: [{ deviceid: account }] } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('wbsapi.withings.net', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const authorize = 'https://account.withings.com/oauth2_user/authorize2';
    const asked = this.readAuthorization(address, authorize, [
      'response_type',
      'client_id',
      'state',
      'scope',
      'redirect_uri',
    ]);
    const granted = this.readScopes(asked.get('scope'), ',', scopes);
    if (decision.allow === false) {
      return this.back(asked, { error: 'access_denied', error_description: 'The user denied the request' });
    }
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 30) });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/v2/oauth2') return this.#oauth2(request);
    const grant = this.findUser(this.bearerOf(request));
    if (!grant)
      return failure(401, 'XRequestID: Not provided invalid_token: The access token provided is invalid');
    return Response.json(this.call.answer(grant.account));
  }

  async #oauth2(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (params.get('action') !== 'requesttoken') {
      this.forbid(`action ${params.get('action')}`);
      return failure(2554, 'Wrong action or wrong webservice');
    }
    if (!this.isPostedClient(request, params)) return failure(503, 'Invalid Params: invalid client');
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant ? this.#issue(grant) : failure(503, 'Invalid Params: invalid refresh_token');
    }
    if (params.get('grant_type') !== 'authorization_code') {
      this.forbid('grant_type');
      return failure(503, 'Invalid Params: invalid grant_type');
    }
    const grant = await this.redeem(params);
    return grant ? this.#issue(grant) : failure(503, 'Invalid Params: invalid code');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      status: 0,
      body: {
        userid: grant.account,
        access_token: this.newAccessToken(grant),
        refresh_token: this.newRefreshToken(grant),
        expires_in: this.lifetime,
        scope: grant.scopes.join(','),
        csrf_token: 'PACnnxwHTaBQOGIVtXmzmBqVyuTcizMe',
        token_type: 'Bearer',
      },
    });
  }
}

function failure(status: number, error: string): Response {
  return Response.json({ status, body: {}, error });
}
