import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

/** Clover: the merchant comes with the callback, and is part of every call’s path; tokens end at an instant. */
export class Clover extends Double {
  readonly slug = 'clover';
  readonly clientId = 'D2PSTMW7ENZGP';
  readonly clientSecret = '6e11ce26-55e1-4f29-8ef4-8a1d2f3c4b5a';
  override lifetime = 1800;
  #merchant = '';

  get call() {
    return {
      path: `/v3/merchants/${this.#merchant}/orders?limit=1`,
      answer: (account: string) => ({ elements: [], href: account }),
    };
  }

  constructor(world: World) {
    super(world);
    world.internet.host('api.clover.com', (request) => this.#answer(request));
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://www.clover.com/oauth/v2/authorize', [
      'client_id',
      'redirect_uri',
    ]);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    const grant = this.newGrant(decision, []);
    this.#merchant = grant.account;
    return this.back(asked, {
      merchant_id: grant.account,
      employee_id: 'DRWEMPLOYEE01',
      client_id: this.clientId,
      code: this.newCode(asked, grant, 600),
    });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/oauth/')) return this.#token(request, pathname);
    const [, , , merchant, rest] = pathname.split('/');
    const grant = this.findUser(this.bearerOf(request));
    if (!grant || merchant !== grant.account) {
      return Response.json({ message: '401 Unauthorized' }, { status: 401 });
    }
    return Response.json(
      rest === undefined ? { id: merchant, name: 'Corner Store' } : this.call.answer(grant.account),
    );
  }

  async #token(request: Request, pathname: string): Promise<Response> {
    if (request.headers.get('Content-Type') !== 'application/json') this.forbid('The body isn’t JSON.');
    const params = new URLSearchParams(await request.json<Record<string, string>>());
    if (params.get('client_id') !== this.clientId) this.forbid('The client isn’t known.');
    const grant: Grant | null =
      pathname === '/oauth/v2/refresh'
        ? this.findGrant(params.get('refresh_token'))
        : this.isPostedClient(request, params)
          ? await this.redeem(params)
          : null;
    if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 401 });
    return Response.json({
      access_token: this.newAccessToken(grant),
      access_token_expiration: Math.floor(this.world.now / 1000) + this.lifetime,
      refresh_token: this.newRefreshToken(grant),
      refresh_token_expiration: Math.floor(this.world.now / 1000) + 31_536_000,
    });
  }
}
