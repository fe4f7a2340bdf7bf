import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = ['read_products', 'write_products', 'read_orders', 'read_customers'];
const shop = 'acme.myshopify.com';

/**
 * Shopify, a public app of today: expiring offline tokens, which have to be asked for, carried in a header of Shopify's own.
 * Each shop has a host of its own, and signs its callback.
 */
export class Shopify extends Double {
  readonly slug = 'shopify';
  readonly clientId = '7f9c3e1b2a4d5e6f708192a3b4c5d6e7';
  readonly clientSecret = 'shpss_0123456789abcdef0123456789abcdef';
  override readonly fields = { values: { shop: 'acme' } };
  readonly call = {
    path: '/admin/api/2026-04/graphql.json',
    init: {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ products(first: 1) { nodes { id } } }' }),
    },
    answer: (account: string) => ({ data: { products: { nodes: [{ id: account }] } } }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host(shop, (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, `https://${shop}/admin/oauth/authorize`, [
      'client_id',
      'scope',
      'redirect_uri',
      'state',
    ]);
    const granted = this.readScopes(asked.get('scope'), ',', scopes);
    const signed = { host: 'YWNtZS5teXNob3BpZnkuY29tL2FkbWlu', shop, timestamp: '1763802000' };
    // Who cancels is sent back, too.
    if (decision.allow === false) return this.back(asked, { error: 'access_denied', ...signed });
    const code = this.newCode(asked, this.newGrant(decision, granted), 600);
    return this.back(asked, {
      code,
      hmac: '700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf',
      ...signed,
    });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/admin/oauth/access_token') return this.#accessToken(request);
    if (request.headers.has('Authorization')) this.forbid('Calls carry no Authorization.');
    const grant = this.findUser(request.headers.get('X-Shopify-Access-Token'));
    if (!grant) {
      const errors = '[API] Invalid API key or access token (unrecognized login or wrong password)';
      return Response.json({ errors }, { status: 401 });
    }
    const type = request.headers.get('Content-Type') ?? '';
    if (request.method !== 'POST' || !type.startsWith('application/json')) {
      this.forbid(`${request.method} of ${type}: GraphQL is a POST of JSON.`);
      return new Response('', { status: 406 });
    }
    const { query } = await request.json<{ query: string }>();
    const isShop = /^\{\s*shop\b/.test(query);
    const profile = { data: { shop: { id: `gid://shopify/Shop/${grant.account}`, name: 'Acme' } } };
    return Response.json(isShop ? profile : this.call.answer(grant.account));
  }

  async #accessToken(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    if (!this.isPostedClient(request, params)) {
      return failure('invalid_client', 'Client authentication failed.');
    }
    if (params.get('grant_type') === 'refresh_token') {
      const grant = this.findGrant(params.get('refresh_token'));
      return grant
        ? this.#issue(grant)
        : failure('invalid_grant', 'The refresh token is expired or revoked.');
    }
    if (params.get('expiring') !== '1') this.forbid('A public app asks for expiring tokens.');
    const grant = await this.redeem(params);
    return grant
      ? this.#issue(grant)
      : failure('invalid_request', 'The authorization code was not found or was already used');
  }

  #issue(grant: Grant): Response {
    return Response.json({
      access_token: this.newAccessToken(grant, 'shpat_'),
      scope: grant.scopes.join(','),
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant, 'shprt_'),
      refresh_token_expires_in: 7_776_000,
    });
  }
}

function failure(error: string, error_description: string): Response {
  return Response.json({ error, error_description }, { status: 400 });
}
