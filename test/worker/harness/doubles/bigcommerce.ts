import type { World } from '../world.ts';
import { type Decision, Double } from './double.ts';

const scopes = 'store_v2_orders store_channel_listings_read_only';

/** BigCommerce, where it gives a state back: the code is traded with what else the callback brings, and stays good. */
export class BigCommerce extends Double {
  readonly slug = 'bigcommerce';
  readonly clientId = '236754';
  readonly clientSecret = 'PLANTED-m1ng83993rsq3yxg';
  override lifetime = null;
  readonly call = {
    path: '/stores/account-1/v3/catalog/products',
    answer: (account: string) => ({ data: [{ name: account }] }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('login.bigcommerce.com', (request) => this.#token(request));
    world.internet.host('api.bigcommerce.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const documented = 'https://login.bigcommerce.com/oauth2/authorize';
    const asked = this.readAuthorization(address, documented, ['client_id', 'redirect_uri', 'state']);
    const grant = this.newGrant(decision, scopes.split(' '));
    const code = this.newCode(asked, grant, 60);
    return this.back(asked, {
      account_uuid: '12345678-90ab-cdef-1234-567890abcdef',
      code,
      context: `stores/${grant.account}`,
      scope: scopes,
    });
  }

  #api(request: Request): Response {
    const grant = this.findUser(request.headers.get('X-Auth-Token'));
    return grant ? Response.json(this.call.answer(grant.account)) : new Response('', { status: 401 });
  }

  async #token(request: Request): Promise<Response> {
    if (request.headers.get('Content-Type') !== 'application/json') this.forbid('The body is no JSON.');
    const params = new URLSearchParams(await request.json<Record<string, string>>());
    if (!this.isPostedClient(request, params)) {
      return Response.json({ error: 'Invalid client secret.' }, { status: 400 });
    }
    const grant = await this.redeem(params);
    const context = `stores/${grant?.account}`;
    if (params.get('context') !== context) this.forbid('context isn’t the callback’s.');
    if (params.get('scope') !== scopes) this.forbid('scope isn’t the callback’s.');
    if (!grant) return Response.json({ error: 'Invalid grant.' }, { status: 400 });
    return Response.json({
      access_token: this.newAccessToken(grant),
      scope: scopes,
      user: { id: 24_654, username: 'merchant@example.com', email: 'merchant@example.com' },
      owner: { id: 12_345, username: 'owner@example.com', email: 'owner@example.com' },
      context,
      account_uuid: '12345678-90ab-cdef-1234-567890abcdef',
    });
  }
}
