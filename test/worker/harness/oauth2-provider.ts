import { createSource, digest, type Source } from './management.ts';
import type { World } from './world.ts';

/** What the user decides on the provider's consent page. */
export interface Choice {
  allow?: boolean;
  account?: string;
  /** What is granted; by default what is asked. */
  scopes?: string[];
  /** Further parameters of the callback. */
  callback?: Record<string, string>;
}

/** How a provider refreshes. */
interface RefreshManners {
  /** Each refresh gives a new refresh token, and the one before is spent. */
  rotates: boolean;
  /** A spent refresh token that comes again ends the grant with all its tokens (RFC 9700 §4.14.2). */
  detectsReuse: boolean;
  /** Answers to a refresh name no refresh token. */
  omits: boolean;
  /** The scopes of what is refreshed, where they aren't those before. */
  scopes: string[] | null;
}

/** What a user has allowed, with the one refresh token that is good for now. */
interface Grant {
  account: string;
  scopes: string[];
  refreshToken: string;
  ended: boolean;
}

interface AccessToken {
  grant: Grant;
  /** Milliseconds; null for one that stays. */
  expiresAt: number | null;
}

interface Code {
  clientId: string;
  redirectUri: string;
  codeChallenge: string | null;
  account: string;
  scopes: string[];
  redeemed: boolean;
}

/**
 * An OAuth 2 provider that takes PKCE S256 and nothing less, rotates refresh tokens and detects their reuse, and an API
 * that echoes what reaches it with a token that lives.
 */
export class OAuth2Provider {
  readonly host: string;
  readonly apiHost: string;
  readonly clientId = 'client of ours: 100%';
  readonly clientSecret = `provider-client-secret-${crypto.randomUUID()}`;
  /** How often a code was presented. */
  redeemed = 0;
  /** Off: a provider that knows nothing of PKCE. */
  takesPkce = true;
  /** Codes that were presented a second time. */
  readonly replays: string[] = [];
  /** Access tokens given out, in order. */
  readonly issued: string[] = [];
  /** Every refresh token that was presented, in order. */
  readonly presented: string[] = [];
  /** How often it gave fresh tokens for one. */
  refreshes = 0;
  /** Grants that ended because a spent refresh token came again. */
  reuses = 0;
  readonly refreshing: RefreshManners = { rotates: true, detectsReuse: true, omits: false, scopes: null };
  /** The lifetime that it names, in seconds; null: it names none, and its tokens stay. */
  expiresIn: number | null = 3600;
  /** Further fields of what the token endpoint answers. */
  tokenFields: Record<string, unknown> = {};
  /** Stands in for the token endpoint where a token is refreshed. `refresh` does what it would have done. */
  answerRefresh: ((form: URLSearchParams) => Response | Promise<Response>) | null = null;
  /** Stands in for the token endpoint. */
  answerToken: ((request: Request) => Response | Promise<Response>) | null = null;
  /** Stands in for the API. */
  answerApi: ((request: Request) => Response | Promise<Response>) | null = null;
  readonly #codes = new Map<string, Code>();
  readonly #tokens = new Map<string, AccessToken>();
  /** Grants by every refresh token they ever had. */
  readonly #grants = new Map<string, Grant>();
  readonly #world: World;

  constructor(world: World, name = 'steps') {
    this.#world = world;
    this.host = `${name}-${world.tag}.example`;
    this.apiHost = `api.${this.host}`;
    world.internet.host(this.host, (request) => this.#token(request));
    world.internet.host(this.apiHost, (request) => this.#api(request));
  }

  /** Has its API on the host that its tokens come from, below a path. */
  serveApiBelow(path: string): void {
    this.#world.internet.host(this.host, (request) =>
      new URL(request.url).pathname.startsWith(`${path}/`) ? this.#api(request) : this.#token(request),
    );
  }

  /** The body of `POST /sources` that describes it. */
  fields(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      type: 'oauth2',
      name: `Steps ${this.host}`,
      api_host_url: `https://${this.apiHost}/v1`,
      auth_host_url: `https://${this.host}`,
      auth_url: '/authorize',
      full_auth_url: `https://${this.host}/authorize?prompt=consent`,
      access_token_url: '/token',
      scopes: ['profile', 'steps'],
      client_id: this.clientId,
      client_secret: this.clientSecret,
      ...changes,
    };
  }

  /** Makes it a data source of the platform. */
  define(changes: Record<string, unknown> = {}, key?: string): Promise<Source> {
    return createSource(this.#world, this.fields(changes), key);
  }

  /** The user is sent to `authorizationUrl` and decides. Gives the URL the browser is sent back to. */
  consent(authorizationUrl: string, choice: Choice = {}): string {
    const { searchParams: asked, origin } = new URL(authorizationUrl);
    const want = (name: string): string => {
      const values = asked.getAll(name);
      if (values.length !== 1 || !values[0]) throw new Error(`Authorization request: ${name} is ${values}`);
      return values[0];
    };
    if (origin !== `https://${this.host}`) throw new Error(`Sent to ${origin}`);
    if (want('response_type') !== 'code') throw new Error('Not the code flow');
    if (this.takesPkce && want('code_challenge_method') !== 'S256') throw new Error('No S256');
    if (want('client_id') !== this.clientId || want('prompt') !== 'consent')
      throw new Error('Not our client');
    const back = new URL(want('redirect_uri'));
    back.searchParams.set('state', want('state'));
    if (choice.allow === false) back.searchParams.set('error', 'access_denied');
    else {
      const code = `code-${crypto.randomUUID()}`;
      this.#codes.set(code, {
        clientId: this.clientId,
        redirectUri: want('redirect_uri'),
        codeChallenge: this.takesPkce ? want('code_challenge') : null,
        account: choice.account ?? 'account-1',
        scopes: choice.scopes ?? want('scope').split(' '),
        redeemed: false,
      });
      back.searchParams.set('code', code);
    }
    for (const [name, value] of Object.entries(choice.callback ?? {})) back.searchParams.set(name, value);
    return back.href;
  }

  async #token(request: Request): Promise<Response> {
    if (this.answerToken) return this.answerToken(request);
    if (request.method !== 'POST' || new URL(request.url).pathname !== '/token') throw new Error(request.url);
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
    const [id = '', secret = ''] = atob(request.headers.get('Authorization')?.slice(6) ?? '')
      .split(':')
      .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    const isRefresh = form.get('grant_type') === 'refresh_token';
    if (isRefresh) this.presented.push(form.get('refresh_token') ?? '');
    else this.redeemed += 1;
    if (id !== this.clientId || secret !== this.clientSecret) return oauthError(401, 'invalid_client');
    if (isRefresh) return (this.answerRefresh ?? ((sent) => this.refresh(sent)))(form);
    const presented = form.get('code') ?? '';
    const code = this.#codes.get(presented);
    if (!code || code.redirectUri !== form.get('redirect_uri')) return oauthError(400, 'invalid_grant');
    if (code.redeemed) this.replays.push(presented);
    const verified =
      code.codeChallenge === null || (await digest(form.get('code_verifier') ?? '')) === code.codeChallenge;
    if (code.redeemed || !verified) return oauthError(400, 'invalid_grant');
    code.redeemed = true;
    const { account, scopes } = code;
    const grant = { account, scopes, refreshToken: newRefreshToken(), ended: false };
    this.#grants.set(grant.refreshToken, grant);
    return this.#issue(grant, grant.refreshToken);
  }

  /** Refreshes, as its token endpoint does. */
  refresh(form: URLSearchParams): Response {
    const { rotates, detectsReuse, omits, scopes } = this.refreshing;
    const presented = form.get('refresh_token') ?? '';
    const grant = this.#grants.get(presented);
    if (!grant || grant.ended) return oauthError(400, 'invalid_grant');
    if (presented !== grant.refreshToken && detectsReuse) {
      this.reuses += 1;
      grant.ended = true;
      return oauthError(400, 'invalid_grant');
    }
    this.refreshes += 1;
    if (scopes) grant.scopes = scopes;
    if (rotates && !omits) {
      grant.refreshToken = newRefreshToken();
      this.#grants.set(grant.refreshToken, grant);
    }
    return this.#issue(grant, omits ? null : grant.refreshToken);
  }

  #issue(grant: Grant, refreshToken: string | null): Response {
    const token = `provider-access-token-${crypto.randomUUID()}`;
    this.issued.push(token);
    const { expiresIn } = this;
    const expiresAt = expiresIn === null ? null : this.#world.now + expiresIn * 1000;
    this.#tokens.set(token, { grant, expiresAt });
    return Response.json({
      access_token: token,
      token_type: 'bearer',
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      ...(expiresIn === null ? {} : { expires_in: String(expiresIn) }),
      scope: grant.scopes.join(' '),
      ...this.tokenFields,
    });
  }

  /** Ends every access token that it has given out: a 401 from now on. */
  endAccessTokens(): void {
    this.#tokens.clear();
  }

  async #api(request: Request): Promise<Response> {
    if (this.answerApi) return this.answerApi(request);
    const token = /^Bearer (\S+)$/.exec(request.headers.get('Authorization') ?? '')?.[1];
    const known = this.#tokens.get(token ?? new URL(request.url).searchParams.get('access_token') ?? '');
    const lives =
      known && !known.grant.ended && (known.expiresAt === null || known.expiresAt > this.#world.now);
    if (!lives) return Response.json({ error: 'invalid_token' }, { status: 401 });
    return echo(request, known.grant.account);
  }
}

/** What reached a provider's API. */
export interface Echo {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers with the request itself, and the account it was made for. */
export async function echo(request: Request, account: string): Promise<Response> {
  const { method, url } = request;
  const headers = Object.fromEntries(request.headers);
  const body = new TextDecoder().decode(await request.arrayBuffer());
  return Response.json({ id: account, method, url, headers, body } satisfies Echo);
}

function newRefreshToken(): string {
  return `provider-refresh-token-${crypto.randomUUID()}`;
}

function oauthError(status: number, error: string): Response {
  return Response.json({ error, error_description: 'No.' }, { status });
}
