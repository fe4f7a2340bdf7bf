import type { World } from '../world.ts';
import { type Decision, Double, type Grant } from './double.ts';

const products = {
  instagram: {
    authorize: 'https://www.instagram.com/oauth/authorize',
    token: 'https://api.instagram.com/oauth/access_token',
    graph: 'graph.instagram.com',
    prefix: 'ig',
    me: '/me',
    id: 'user_id',
    scopes: ['instagram_business_basic', 'instagram_business_content_publish'],
  },
  threads: {
    authorize: 'https://threads.net/oauth/authorize',
    token: 'https://graph.threads.net/oauth/access_token',
    graph: 'graph.threads.net',
    prefix: 'th',
    me: '/v1.0/me',
    id: 'id',
    scopes: ['threads_basic', 'threads_content_publish'],
  },
};

const day = 86_400_000;

/**
 * Instagram’s and Threads’ login: a code brings a token of one hour, which a GET with the secret swaps for one of sixty
 * days; that one is refreshed by a GET with itself, not on its first day, and not when it has ended.
 */
export class Meta extends Double {
  readonly slug: keyof typeof products;
  readonly clientId = '990602627938098';
  readonly clientSecret = 'eb8c7a6d5e4f3b2a1908f7e6d5c4b3a2';
  override lifetime = 60 * 86_400;
  /** Whether it swaps tokens as it should. */
  exchanges: 'well' | 'refuses' | 'is down' = 'well';
  readonly call = {
    path: '/v1.0/me/media?fields=id',
    answer: (account: string) => ({ data: [{ id: `media of ${account}` }] }),
  };
  readonly #short = new Map<string, { grant: Grant; expiresAt: number }>();
  readonly #givenAt = new Map<string, number>();

  constructor(world: World, slug: keyof typeof products) {
    super(world);
    this.slug = slug;
    const { token, graph } = products[slug];
    for (const host of new Set([new URL(token).host, graph])) {
      world.internet.host(host, (request) => this.#answer(request));
    }
  }

  visit(address: string, decision: Decision = {}): string {
    const product = products[this.slug];
    const asked = this.readAuthorization(address, product.authorize, [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
    ]);
    const granted = this.readScopes(asked.get('scope'), ',', product.scopes);
    if (decision.allow === false) return this.back(asked, { error: 'access_denied' });
    return this.back(asked, { code: this.newCode(asked, this.newGrant(decision, granted), 3600) });
  }

  async #answer(request: Request): Promise<Response> {
    const { token, me, id, prefix } = products[this.slug];
    const { origin, pathname, searchParams } = new URL(request.url);
    if (origin + pathname === token) return this.#token(request);
    if (pathname === '/access_token') return this.#exchange(request, searchParams, prefix);
    if (pathname === '/refresh_access_token') return this.#refresh(request, searchParams, prefix);
    const bearer = this.bearerOf(request);
    if (this.#short.has(bearer ?? '')) this.forbid('The short-lived token is used.');
    const grant = this.findUser(bearer);
    if (!grant) return refusal();
    return Response.json(
      pathname === me ? { [id]: grant.account, username: 'jane' } : this.call.answer(grant.account),
    );
  }

  async #token(request: Request): Promise<Response> {
    const params = await this.readForm(request);
    const grant = this.isPostedClient(request, params) ? await this.redeem(params) : null;
    if (!grant) return refusal();
    const token = `short-${crypto.randomUUID()}`;
    this.#short.set(token, { grant, expiresAt: this.world.now + 3_600_000 });
    return Response.json({ access_token: token, user_id: 17841405793187218 });
  }

  #exchange(request: Request, params: URLSearchParams, prefix: string): Response {
    this.#wantQuery(request, params, ['grant_type', 'client_secret', 'access_token']);
    if (params.get('grant_type') !== `${prefix}_exchange_token`) this.forbid('grant_type');
    if (params.get('client_secret') !== this.clientSecret) this.forbid('The secret is another.');
    const short = this.#short.get(params.get('access_token') ?? '');
    if (this.exchanges === 'is down') return new Response(null, { status: 503 });
    if (!short || short.expiresAt <= this.world.now || this.exchanges === 'refuses') return refusal();
    return this.#issue(short.grant);
  }

  #refresh(request: Request, params: URLSearchParams, prefix: string): Response {
    this.#wantQuery(request, params, ['grant_type', 'access_token']);
    if (params.get('grant_type') !== `${prefix}_refresh_token`) this.forbid('grant_type');
    const token = params.get('access_token') ?? '';
    const grant = this.findUser(token);
    const isYoung = this.world.now - (this.#givenAt.get(token) ?? 0) < day;
    if (isYoung) this.forbid('A token of less than a day is refreshed.');
    if (!grant || isYoung) return refusal();
    this.refreshes += 1;
    return this.#issue(grant);
  }

  /** These parameters, and no others: a secret in a URL is one too many. */
  #wantQuery(request: Request, params: URLSearchParams, names: string[]): void {
    if (request.method !== 'GET') this.forbid(`${request.method} is no GET.`);
    if (request.headers.has('Authorization')) this.forbid('Authorization is there.');
    if ([...params.keys()].sort().join() !== names.toSorted().join()) this.forbid(`It has ${params}`);
  }

  #issue(grant: Grant): Response {
    const token = this.newAccessToken(grant, 'long-');
    this.#givenAt.set(token, this.world.now);
    return Response.json({ access_token: token, token_type: 'bearer', expires_in: this.lifetime });
  }
}

function refusal(): Response {
  const error = { message: 'Error validating access token', type: 'OAuthException', code: 190 };
  return Response.json({ error }, { status: 400 });
}
