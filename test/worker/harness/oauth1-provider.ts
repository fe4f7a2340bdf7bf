import { baseString } from '../../sandbox/signer.ts';
import { createSource, type Source } from './management.ts';
import { type Choice, echo } from './oauth2-provider.ts';
import type { World } from './world.ts';

interface Credentials {
  secret: string;
  account: string;
  verifier: string;
  used: boolean;
}

/** An OAuth 1.0a provider that checks every signature, nonce and verifier, and an API that echoes what reaches it. */
export class OAuth1Provider {
  readonly host: string;
  readonly clientId = 'consumer key & more';
  readonly clientSecret = `provider-consumer-secret+${crypto.randomUUID()}`;
  readonly issued: string[] = [];
  readonly refusals: string[] = [];
  /** What the temporary-credential endpoint says of the callback. */
  callbackConfirmed: string | null = 'true';
  /** `authorize`: it is told of the callback in the authorization URL, and knows no verifier. */
  callbackAt: 'request' | 'authorize' = 'request';
  /** Stands in for every endpoint. */
  answer: ((request: Request) => Response | Promise<Response>) | null = null;
  readonly #temporary = new Map<string, Credentials>();
  readonly #tokens = new Map<string, Credentials>();
  readonly #nonces = new Set<string>();
  readonly #world: World;

  constructor(world: World, name = 'photos') {
    this.#world = world;
    this.host = `${name}-${world.tag}.example`;
    for (const host of [this.host, `${this.host}:8443`]) {
      world.internet.host(host, (request) => (this.answer ?? ((it) => this.#answer(it)))(request));
    }
  }

  /** The body of `POST /sources` that describes it. */
  fields(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      type: 'oauth1',
      name: `Photos ${this.host}`,
      api_host_url: `https://${this.host}/api`,
      auth_host_url: `https://${this.host}`,
      auth_url: '/authorize',
      full_auth_url: `https://${this.host}/authorize`,
      request_token_url: '/request_token',
      access_token_url: '/access_token',
      client_id: this.clientId,
      client_secret: this.clientSecret,
      ...changes,
    };
  }

  /** Makes it a data source of the platform. */
  define(changes: Record<string, unknown> = {}): Promise<Source> {
    return createSource(this.#world, this.fields(changes));
  }

  /** The user is sent to `authorizationUrl` and decides. Gives the URL the browser is sent back to. */
  consent(source: Source, authorizationUrl: string, choice: Choice = {}): string {
    const token = new URL(authorizationUrl).searchParams.get('oauth_token') ?? '';
    const temporary = this.#temporary.get(token);
    if (!temporary) throw new Error(`No such temporary token: ${token}`);
    temporary.account = choice.account ?? 'account-1';
    const back = new URL(`/done/${source.id}`, this.#world.origin);
    if (choice.allow === false) back.searchParams.set('denied', token);
    else {
      back.searchParams.set('oauth_token', token);
      back.searchParams.set('oauth_verifier', temporary.verifier);
    }
    return back.href;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = new TextDecoder().decode(await request.clone().arrayBuffer());
    const isForm = request.headers.get('Content-Type')?.startsWith('application/x-www-form-urlencoded');
    const { oauth_signature: signature = '', ...params } = readHeader(
      request.headers.get('Authorization') ?? '',
    );
    const known = pathname === '/access_token' ? this.#temporary : this.#tokens;
    const credentials = params.oauth_token === undefined ? undefined : known.get(params.oauth_token);
    const expected = await hmacSha1(
      `${escaped(this.clientSecret)}&${escaped(credentials?.secret ?? '')}`,
      baseString({ method: request.method, url: request.url, ...(isForm ? { form: body } : {}) }, params),
    );
    const fresh = !this.#nonces.has(params.oauth_nonce ?? '');
    this.#nonces.add(params.oauth_nonce ?? '');
    if (signature !== expected || !fresh || params.oauth_consumer_key !== this.clientId) {
      return this.#refuse('signature_invalid');
    }
    if (pathname === '/request_token') return this.#requestToken(params);
    if (!credentials) return this.#refuse('token_rejected');
    if (pathname === '/access_token') return this.#accessToken(credentials, params);
    return echo(request, credentials.account);
  }

  #requestToken(params: Record<string, string>): Response {
    const isTold = params.oauth_callback?.startsWith(`${this.#world.origin}/done/`) ?? false;
    if (isTold !== (this.callbackAt === 'request')) return this.#refuse('parameter_absent');
    const credentials = newCredentials('temporary');
    this.#temporary.set(credentials.token, credentials);
    const confirmed = this.callbackConfirmed;
    return form({
      oauth_token: credentials.token,
      oauth_token_secret: credentials.secret,
      ...(confirmed === null ? {} : { oauth_callback_confirmed: confirmed }),
    });
  }

  #accessToken(temporary: Credentials, params: Record<string, string>): Response {
    const expected = this.callbackAt === 'request' ? temporary.verifier : undefined;
    if (temporary.used || params.oauth_verifier !== expected) return this.#refuse('verifier_invalid');
    temporary.used = true;
    const credentials = { ...newCredentials('access'), account: temporary.account };
    this.#tokens.set(credentials.token, credentials);
    this.issued.push(credentials.token);
    return form({ oauth_token: credentials.token, oauth_token_secret: credentials.secret });
  }

  #refuse(problem: string): Response {
    this.refusals.push(problem);
    return form({ oauth_problem: problem }, 401);
  }
}

function newCredentials(kind: string): Credentials & { token: string } {
  const random = () => crypto.randomUUID();
  return {
    token: `provider-${kind}-token-${random()}`,
    secret: `provider-${kind}-token-secret-${random()}`,
    account: 'account-1',
    verifier: `verifier-${random()}`,
    used: false,
  };
}

function form(fields: Record<string, string>, status = 200): Response {
  return new Response(new URLSearchParams(fields).toString(), {
    status,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
}

function readHeader(authorization: string): Record<string, string> {
  const pairs = authorization.matchAll(/([a-z_]+)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, decodeURIComponent(value)]));
}

/** RFC 5849 §3.6. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function hmacSha1(key: string, text: string): Promise<string> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const imported = await crypto.subtle.importKey('raw', bytes(key), algorithm, false, ['sign']);
  return btoa(
    String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text)))),
  );
}
