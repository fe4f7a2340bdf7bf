import { digest } from '../management.ts';
import type { World } from '../world.ts';

/** What the user decides at the provider. */
export interface Decision {
  allow?: boolean;
  account?: string;
}

/** What a user has allowed. */
export interface Grant {
  account: string;
  scopes: string[];
  /** The one that is good for now; null: none was given. */
  refreshToken: string | null;
  ended: boolean;
}

interface Code {
  grant: Grant;
  redirectUri: string;
  codeChallenge: string | null;
  expiresAt: number;
}

/** A call that the API documents, to be made through the proxy, and a piece of its answer. */
export interface SampleCall {
  path: string;
  init?: RequestInit;
  answer: (account: string) => Record<string, unknown>;
}

/**
 * A provider as its documentation has it, written from that alone. It refuses what the documentation refuses, with the
 * provider's own errors, and keeps a list of it: a walk that is right leaves the list empty.
 */
export abstract class Double {
  /** Its entry in the catalogue. */
  abstract readonly slug: string;
  abstract readonly clientId: string;
  abstract readonly clientSecret: string;
  abstract readonly call: SampleCall;
  /** What `POST /sources` is given besides. */
  readonly fields: Record<string, unknown> = {};
  /** How long an access token lives, in seconds; null: for good. */
  lifetime: number | null = 3600;
  /** The redirect URL that its client was registered with. */
  registered = '';
  /** What its documentation forbids, and it saw. */
  readonly forbidden: string[] = [];
  /** How often it gave fresh tokens for a refresh token. */
  refreshes = 0;
  /** Tokens that it was told to revoke. */
  readonly revoked: string[] = [];
  protected readonly world: World;
  readonly #codes = new Map<string, Code>();
  readonly #tokens = new Map<string, { grant: Grant; expiresAt: number }>();
  readonly #grants = new Map<string, Grant>();

  constructor(world: World) {
    this.world = world;
  }

  /**
   * The user is sent to `address` and decides.
   *
   * @returns where the browser is sent back to
   */
  abstract visit(address: string, decision?: Decision): string;

  /** The user takes back, at the provider, whatever they have allowed. */
  endGrants(): void {
    for (const grant of this.#grants.values()) grant.ended = true;
    for (const { grant } of this.#tokens.values()) grant.ended = true;
  }

  /** Notes what the documentation forbids. */
  protected forbid(what: string): void {
    this.forbidden.push(`${this.slug}: ${what}`);
  }

  /** Reads an authorization request at the documented address, with each of these parameters once. */
  protected readAuthorization(address: string, documented: string, wanted: string[]): URLSearchParams {
    const { origin, pathname, searchParams } = new URL(address);
    if (origin + pathname !== documented) this.forbid(`The user is sent to ${origin}${pathname}.`);
    for (const name of new Set(searchParams.keys())) {
      if (searchParams.getAll(name).length > 1) this.forbid(`${name} is there twice.`);
    }
    for (const name of wanted) if (!searchParams.get(name)) this.forbid(`${name} is missing.`);
    const redirectUri = searchParams.get('redirect_uri') ?? '';
    if (wanted.includes('redirect_uri') && !redirectUri.startsWith(`${this.world.origin}/done/`)) {
      this.forbid(`The redirect URI isn’t registered: ${redirectUri}`);
    }
    if (wanted.includes('client_id') && searchParams.get('client_id') !== this.clientId) {
      this.forbid('The client isn’t known.');
    }
    if (wanted.includes('response_type') && searchParams.get('response_type') !== 'code') {
      this.forbid('response_type isn’t code.');
    }
    return searchParams;
  }

  /** Splits scopes, which are all among the documented ones. */
  protected readScopes(text: string | null, separator: string, documented: string[]): string[] {
    const scopes = (text ?? '').split(separator).filter(Boolean);
    for (const scope of scopes) if (!documented.includes(scope)) this.forbid(`There is no scope ${scope}.`);
    return scopes;
  }

  /** Wants PKCE by S256 (RFC 7636 §4.2). */
  protected wantChallenge(asked: URLSearchParams): void {
    if (asked.get('code_challenge_method') !== 'S256') this.forbid('code_challenge_method isn’t S256.');
    if (!/^[\w-]{43}$/.test(asked.get('code_challenge') ?? '')) this.forbid('code_challenge is no digest.');
  }

  /** The redirect back, with `state` as it came. */
  protected back(asked: URLSearchParams, params: Record<string, string>): string {
    const url = new URL(asked.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    const state = asked.get('state');
    if (state !== null) url.searchParams.set('state', state);
    return url.href;
  }

  protected newGrant(decision: Decision, scopes: string[]): Grant {
    return { account: decision.account ?? 'account-1', scopes, refreshToken: null, ended: false };
  }

  /** @param seconds how long it is good for */
  protected newCode(asked: URLSearchParams, grant: Grant, seconds: number): string {
    const code = `code-${crypto.randomUUID()}`;
    this.#codes.set(code, {
      grant,
      redirectUri: asked.get('redirect_uri') ?? '',
      codeChallenge: asked.get('code_challenge'),
      expiresAt: this.world.now + seconds * 1000,
    });
    return code;
  }

  /** Takes a code, once; null where it isn't good, or the redirect URI or the verifier isn't the one it was given to. */
  protected async redeem(params: URLSearchParams): Promise<Grant | null> {
    const code = this.#codes.get(params.get('code') ?? '');
    this.#codes.delete(params.get('code') ?? '');
    const verifier = params.get('code_verifier');
    if (!code || code.expiresAt <= this.world.now) this.forbid('The code isn’t good.');
    else if (params.get('redirect_uri') !== code.redirectUri) this.forbid('The redirect URI is another.');
    else if (code.codeChallenge === null ? verifier !== null : verifier === null) {
      this.forbid('A verifier goes with a challenge, and a challenge with a verifier.');
    } else if (code.codeChallenge !== null && (await digest(verifier ?? '')) !== code.codeChallenge) {
      this.forbid('The verifier isn’t the challenge’s.');
    } else return code.grant;
    return null;
  }

  protected newAccessToken(grant: Grant, prefix = 'access-'): string {
    const token = `${prefix}${crypto.randomUUID()}`;
    const expiresAt =
      this.lifetime === null ? Number.POSITIVE_INFINITY : this.world.now + this.lifetime * 1000;
    this.#tokens.set(token, { grant, expiresAt });
    return token;
  }

  /** A refresh token; the one before is spent. */
  protected newRefreshToken(grant: Grant, prefix = 'refresh-'): string {
    grant.refreshToken = `${prefix}${crypto.randomUUID()}`;
    this.#grants.set(grant.refreshToken, grant);
    return grant.refreshToken;
  }

  /** Whose refresh token this is; null where the user has ended it. A spent one never comes. */
  protected findGrant(refreshToken: string | null): Grant | null {
    const grant = this.#grants.get(refreshToken ?? '');
    if (grant?.refreshToken !== refreshToken) this.forbid('A refresh token that isn’t good was sent.');
    if (!grant || grant.ended || grant.refreshToken !== refreshToken) return null;
    this.refreshes += 1;
    return grant;
  }

  /** Whose access token this is; null where it has ended. */
  protected findUser(accessToken: string | null | undefined): Grant | null {
    const known = this.#tokens.get(accessToken ?? '');
    if (!known) this.forbid(`A call carries no token of ours: ${accessToken}`);
    return known && !known.grant.ended && known.expiresAt > this.world.now ? known.grant : null;
  }

  /** The token of `Authorization: Bearer`, and of nothing else. */
  protected bearerOf(request: Request): string | undefined {
    return /^Bearer (\S+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1];
  }

  /** Revokes an access token, and all that its user has allowed; false where it's none of ours, which is forbidden. */
  protected revoke(accessToken: string | null | undefined): boolean {
    const grant = this.findUser(accessToken);
    if (!grant || !accessToken) return false;
    grant.ended = true;
    this.revoked.push(accessToken);
    return true;
  }

  /** The members of the JSON object that was sent, each a string. */
  protected async readJson(request: Request): Promise<Record<string, string>> {
    const type = request.headers.get('Content-Type') ?? '';
    if (!type.startsWith('application/json')) this.forbid(`The body isn’t JSON: ${type}`);
    const members = Object.entries((await request.json()) as Record<string, unknown>);
    for (const [name, value] of members) if (typeof value !== 'string') this.forbid(`${name} is no text.`);
    return Object.fromEntries(members.map(([name, value]) => [name, String(value)]));
  }

  /** A request without a body says so by having none. */
  protected async wantNoBody(request: Request): Promise<void> {
    if (request.headers.has('Content-Type')) this.forbid('A body is declared.');
    if ((await request.text()) !== '') this.forbid('There is a body.');
  }

  /** The form that was posted, each field once. */
  protected async readForm(request: Request): Promise<URLSearchParams> {
    if (request.method !== 'POST') this.forbid(`${request.method} is no POST.`);
    const type = request.headers.get('Content-Type') ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded')) this.forbid(`The body isn’t a form: ${type}`);
    const params = new URLSearchParams(await request.text());
    if (new Set(params.keys()).size !== params.size) this.forbid('A field is there twice.');
    return params;
  }

  /** Whether the client authenticates by HTTP Basic, with the plain id and secret, and in no other way besides. */
  protected isBasicClient(request: Request, params: URLSearchParams): boolean {
    const expected = `Basic ${btoa(`${this.clientId}:${this.clientSecret}`)}`;
    if (params.has('client_secret')) this.forbid('The secret is in the body, too.');
    if (request.headers.get('Authorization') === expected) return true;
    this.forbid('The client doesn’t authenticate by HTTP Basic.');
    return false;
  }

  /** Whether the client authenticates in the body, and in no other way besides. */
  protected isPostedClient(request: Request, params: URLSearchParams): boolean {
    if (request.headers.has('Authorization')) this.forbid('The token endpoint takes no Authorization.');
    const { clientId, clientSecret } = this;
    if (params.get('client_id') === clientId && params.get('client_secret') === clientSecret) return true;
    this.forbid('The client doesn’t authenticate in the body.');
    return false;
  }
}
