import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const scopes = [
  'com.intuit.quickbooks.accounting',
  'com.intuit.quickbooks.payment',
  'openid',
  'profile',
  'email',
];

/**
 * QuickBooks Online: the company comes with the callback as `realmId`, and is part of every call’s path; a token is good for
 * its own company alone. Revocation takes JSON.
 */
export class Intuit extends Double {
  readonly slug = 'intuit';
  readonly clientId = 'ABrTyuQ7h1X0dVw2s3K4m5N6p7Q8r9S0t1U2v3W4x5Y6z7A8b9';
  readonly clientSecret = 'Qw3rTy0123456789AbCdEfGhIjKlMnOpQrStUvWx';
  /** Whether it says what a company is. */
  answersCompany = true;
  /** What the browser makes of the callback’s company; null: it leaves it. */
  forgedRealm: string | null = null;
  readonly #realms: string[] = [];
  /** The storage of tests is shared, their companies are not. */
  readonly #firstRealm = 1_231_000_000_000_000 + Math.floor(Math.random() * 1e12);
  #realm = '';

  get call() {
    return {
      path: `/v3/company/${this.#realm}/preferences`,
      answer: (account: string) => ({ Preferences: { Id: '1', of: account } }),
    };
  }

  constructor(world: World) {
    super(world);
    world.internet.host('oauth.platform.intuit.com', (request) => this.#token(request));
    world.internet.host('developer.api.intuit.com', (request) => this.#revoke(request));
    world.internet.host('quickbooks.api.intuit.com', (request) => this.#api(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://appcenter.intuit.com/connect/oauth2', [
      'client_id',
      'scope',
      'redirect_uri',
      'response_type',
      'state',
    ]);
    const granted = this.readScopes(asked.get('scope'), ' ', scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const grant = this.newGrant(decision, granted);
    this.#realm = this.realmOf(grant.account);
    const realmId = this.forgedRealm ?? this.#realm;
    return this.back(asked, { code: this.newCode(asked, grant, 300), realmId });
  }

  /** The number of a company. */
  realmOf(account: string): string {
    if (!this.#realms.includes(account)) this.#realms.push(account);
    return `${this.#firstRealm + this.#realms.indexOf(account)}`;
  }

  async #token(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== '/oauth2/v1/tokens/bearer')
      this.forbid(`There is no ${request.url}`);
    if (!request.headers.get('Accept')?.includes('application/json')) this.forbid('JSON isn’t accepted.');
    const params = await this.readForm(request);
    if (!this.isBasicClient(request, params)) {
      return Response.json({ error: 'invalid_client' }, { status: 401 });
    }
    const isRefresh = params.get('grant_type') === 'refresh_token';
    if (!isRefresh && params.get('grant_type') !== 'authorization_code') {
      this.forbid('grant_type');
      return Response.json({ error: 'unsupported_grant_type' }, { status: 400 });
    }
    const grant = isRefresh ? this.findGrant(params.get('refresh_token')) : await this.redeem(params);
    if (!grant) {
      const error_description = 'Incorrect or invalid refresh token';
      return Response.json({ error: 'invalid_grant', error_description }, { status: 400 });
    }
    return this.#issue(grant);
  }

  #issue(grant: Grant): Response {
    return Response.json({
      token_type: 'bearer',
      expires_in: this.lifetime,
      refresh_token: this.newRefreshToken(grant, 'AB11'),
      x_refresh_token_expires_in: 8_726_400,
      access_token: this.newAccessToken(grant, 'eyJlbmMi.'),
    });
  }

  async #revoke(request: Request): Promise<Response> {
    if (request.headers.get('Content-Type') !== 'application/json') this.forbid('The body isn’t JSON.');
    const { token, client_secret } = await request.json<Record<string, string>>();
    const params = new URLSearchParams(client_secret === undefined ? {} : { client_secret });
    if (this.isBasicClient(request, params)) this.revoked.push(token ?? '');
    return new Response(null, { status: 200 });
  }

  #api(request: Request): Response {
    const grant = this.findUser(this.bearerOf(request));
    if (!grant) return new Response('<IntuitResponse/>', { status: 401 });
    if (!request.headers.get('Accept')?.includes('application/json')) {
      this.forbid('A call that doesn’t ask for JSON is answered with XML.');
      return new Response('<IntuitResponse/>', { headers: { 'Content-Type': 'application/xml' } });
    }
    const [, , , realm, resource, id] = new URL(request.url).pathname.split('/');
    if (realm !== this.realmOf(grant.account)) {
      const error = { Message: 'message=ApplicationAuthorizationFailed', code: '3100' };
      return Response.json({ Fault: { Error: [error], type: 'AUTHORIZATION' } }, { status: 403 });
    }
    if (resource !== 'companyinfo') return Response.json(this.call.answer(grant.account));
    if (id !== realm) this.forbid('A company is asked for another one.');
    if (!this.answersCompany) return Response.json({ Fault: { type: 'SERVICE' } }, { status: 500 });
    return Response.json({ CompanyInfo: { Id: '1', CompanyName: 'Larry’s Bakery' } });
  }
}
