import type { World } from '../world.ts';
import { type Decision, Double } from './double.ts';

/** Mailchimp: tokens for good, no scopes, and the data centre to call in what the metadata endpoint says. */
export class Mailchimp extends Double {
  readonly slug = 'mailchimp';
  readonly clientId = '635959587059';
  readonly clientSecret = '0da3e7744949e1406b7b250051ee1a95';
  override lifetime = null;
  readonly call = {
    path: '/3.0/lists?count=1',
    answer: (account: string) => ({ lists: [{ id: account }] }),
  };

  constructor(world: World) {
    super(world);
    world.internet.host('login.mailchimp.com', (request) => this.#login(request));
    world.internet.host('us6.api.mailchimp.com', (request) => {
      const grant = this.findUser(this.bearerOf(request));
      return grant
        ? Response.json(this.call.answer(grant.account))
        : Response.json({ title: 'API Key Invalid', status: 401 }, { status: 401 });
    });
  }

  visit(address: string, decision: Decision = {}): string {
    const asked = this.readAuthorization(address, 'https://login.mailchimp.com/oauth2/authorize', [
      'client_id',
      'redirect_uri',
      'response_type',
    ]);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, []), 60) });
  }

  async #login(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === '/oauth2/metadata') {
      const grant = this.findUser(this.bearerOf(request));
      // The status is 200, whatever it says.
      return Response.json(
        grant
          ? {
              dc: 'us6',
              accountname: 'Freddie',
              user_id: grant.account,
              api_endpoint: 'https://us6.api.mailchimp.com',
            }
          : { error: 'invalid_token' },
      );
    }
    const params = await this.readForm(request);
    const grant = this.isPostedClient(request, params) ? await this.redeem(params) : null;
    return grant
      ? Response.json({ access_token: this.newAccessToken(grant), expires_in: 0, scope: null })
      : Response.json({ error: 'invalid_grant' }, { status: 400 });
  }
}
