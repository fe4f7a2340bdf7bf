import type { World } from './world.ts';

type Claims = Record<string, unknown>;

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** Signs tokens, and publishes the keys for it. */
export class Signer {
  readonly jwks: { keys: Claims[] };
  readonly alg: keyof typeof algorithms;
  readonly #key: CryptoKey;

  private constructor(alg: keyof typeof algorithms, key: CryptoKey, jwk: Claims) {
    this.alg = alg;
    this.#key = key;
    this.jwks = { keys: [jwk] };
  }

  static async make(alg: keyof typeof algorithms = 'ES256', kid = 'key-1'): Promise<Signer> {
    const pair = (await crypto.subtle.generateKey(algorithms[alg], true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair;
    const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as unknown as Claims;
    return new Signer(alg, pair.privateKey, { ...jwk, kid, use: 'sig', alg });
  }

  async sign(claims: Claims, header: Claims = {}): Promise<string> {
    const head = { alg: this.alg, kid: this.jwks.keys[0]?.kid, ...header };
    const signed = `${encode(JSON.stringify(head))}.${encode(JSON.stringify(claims))}`;
    const bytes = new TextEncoder().encode(signed);
    const signature = await crypto.subtle.sign(algorithms[this.alg], this.#key, bytes);
    return `${signed}.${encode(String.fromCharCode(...new Uint8Array(signature)))}`;
  }
}

/** An issuer of OpenID Connect as one test declares it. */
export class OpenIdIssuer {
  readonly issuer: string;
  readonly clientId = 'console-client';
  readonly clientSecret = 'console-client-secret';
  /** What the next person's ID token says beside what it must. */
  claims: Claims = { sub: 'person-1', name: 'Ada', email: 'ada@example.com', email_verified: true };
  /** What the userinfo endpoint answers; null: there is none. */
  userinfo: Claims | null = null;
  /** Changes the ID token as it is sent. */
  forge: (claims: Claims) => Promise<string>;
  /** Codes that haven't been redeemed, with what they were asked with. */
  readonly codes = new Map<string, URLSearchParams>();
  readonly signer: Signer;
  readonly #world: World;

  constructor(world: World, signer: Signer) {
    this.#world = world;
    this.signer = signer;
    this.issuer = `https://id-${world.tag}.example`;
    this.forge = (claims) => signer.sign(claims);
    world.internet.host(new URL(this.issuer).host, (request) => this.#answer(request));
  }

  /** The settings that make it a way to sign in. */
  get settings() {
    return {
      CONSOLE_OIDC_ISSUER: this.issuer,
      CONSOLE_OIDC_CLIENT_ID: this.clientId,
      CONSOLE_OIDC_CLIENT_SECRET: this.clientSecret,
    };
  }

  /** What its pages do with a person who agrees: the URL that the browser is sent back to. */
  agree(authorizationUrl: string): string {
    const asked = new URL(authorizationUrl).searchParams;
    const code = crypto.randomUUID();
    this.codes.set(code, asked);
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('iss', this.issuer);
    return back.href;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/.well-known/openid-configuration') return Response.json(this.#metadata());
    if (pathname === '/jwks') return Response.json(this.signer.jwks);
    if (pathname === '/me' && this.userinfo) return Response.json(this.userinfo);
    if (pathname !== '/token') return new Response('not found', { status: 404 });
    const body = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
    const asked = this.codes.get(body.get('code') ?? '');
    this.codes.delete(body.get('code') ?? '');
    const client = `Basic ${btoa(`${this.clientId}:${this.clientSecret}`)}`;
    if (request.headers.get('Authorization') !== client || !asked || !(await provesKey(asked, body)))
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    const now = Math.floor(this.#world.now / 1000);
    const required = {
      iss: this.issuer,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      nonce: asked.get('nonce'),
    };
    const id_token = await this.forge({ ...required, ...this.claims });
    return Response.json({ access_token: 'at', token_type: 'Bearer', id_token });
  }

  #metadata() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      authorization_response_iss_parameter_supported: true,
      ...(this.userinfo ? { userinfo_endpoint: `${this.issuer}/me` } : {}),
    };
  }
}

/** RFC 7636 §4.6. */
async function provesKey(asked: URLSearchParams, body: URLSearchParams): Promise<boolean> {
  const verifier = new TextEncoder().encode(body.get('code_verifier') ?? '');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', verifier));
  return asked.get('code_challenge') === encode(String.fromCharCode(...hash));
}

/** base64url of UTF-8, or of bytes given as characters. */
function encode(text: string): string {
  const binary = /[^\0-\xff]/.test(text) ? String.fromCharCode(...new TextEncoder().encode(text)) : text;
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
