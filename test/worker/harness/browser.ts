import type { World } from './world.ts';

interface Cookie {
  value: string;
  expiresAt: number;
  sameSite: string;
}

/** Where a top-level navigation comes from: a page's origin, or null for a typed address. */
interface NavigateOptions {
  from?: string | null;
}

/** What browsers take of one cookie (RFC 6265bis §5.5): a bigger one is dropped. */
const maxCookieBytes = 4096;

/** One person's browser, as far as this service's origin sees it: cookies, and the headers no page can forge. */
export class Browser {
  readonly cookies = new Map<string, Cookie>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * `fetch` by a page. From another origin it goes without cookies, behind a preflight, and throws where CORS
   * keeps the answer from the page.
   */
  async fetch(
    page: string,
    path: string,
    { method = 'GET', body }: { method?: string; body?: unknown } = {},
  ): Promise<Response> {
    const { origin } = this.#world;
    const cross = page !== origin;
    const headers = new Headers({
      'Sec-Fetch-Mode': 'cors',
      'Sec-Fetch-Site': cross ? 'cross-site' : 'same-origin',
    });
    if (cross || method !== 'GET') headers.set('Origin', page);
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    if (cross && body !== undefined) await this.#preflight(page, path, method);
    if (!cross) this.#attachCookies(headers, 'same-site');
    const response = await this.#send(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (cross && response.headers.get('Access-Control-Allow-Origin') !== page) {
      throw new TypeError(`CORS: ${page} may not read what ${path} answered`);
    }
    if (!cross) this.#keepCookies(response);
    return response;
  }

  /** POST of JSON by a page. */
  post(page: string, path: string, body: unknown): Promise<Response> {
    return this.fetch(page, path, { method: 'POST', body });
  }

  /** A link followed, a redirect, or an address typed. Redirects of ours are left to the caller. */
  async navigate(url: string, { from = null }: NavigateOptions = {}): Promise<Response> {
    const headers = this.#navigationHeaders(from);
    this.#attachCookies(headers, 'lax');
    const response = await this.#send(url, { headers });
    this.#keepCookies(response);
    return response;
  }

  /** A form posted: from another site without Lax cookies. */
  async submit(
    url: string,
    fields: URLSearchParams,
    { from = null }: NavigateOptions = {},
  ): Promise<Response> {
    const headers = this.#navigationHeaders(from);
    headers.set('Origin', from ?? 'null');
    if (from === this.#world.origin) this.#attachCookies(headers, 'same-site');
    const response = await this.#send(url, { method: 'POST', headers, body: fields });
    this.#keepCookies(response);
    return response;
  }

  #navigationHeaders(from: string | null): Headers {
    const site = from === null ? 'none' : from === this.#world.origin ? 'same-origin' : 'cross-site';
    return new Headers({
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Site': site,
    });
  }

  async #preflight(page: string, path: string, method: string): Promise<void> {
    const { headers } = await this.#send(path, {
      method: 'OPTIONS',
      headers: {
        Origin: page,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    const allowed =
      headers.get('Access-Control-Allow-Origin') === page &&
      /\bcontent-type\b/i.test(headers.get('Access-Control-Allow-Headers') ?? '');
    if (!allowed) throw new TypeError(`CORS: ${page} may not call ${path}`);
  }

  #send(url: string, init: RequestInit): Promise<Response> {
    return this.#world.send(new Request(new URL(url, this.#world.origin), { redirect: 'manual', ...init }));
  }

  #attachCookies(headers: Headers, context: 'same-site' | 'lax'): void {
    const pairs = [...this.cookies]
      .filter(([, cookie]) => cookie.expiresAt > this.#world.now)
      .filter(([, cookie]) => context === 'same-site' || cookie.sameSite !== 'strict')
      .map(([name, { value }]) => `${name}=${value}`);
    if (pairs.length > 0) headers.set('Cookie', pairs.join('; '));
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const given = new Map(
        attributes.map((attribute): [string, string] => {
          const [key = '', text = ''] = attribute.split('=');
          return [key.toLowerCase(), text];
        }),
      );
      const secure = given.has('secure');
      const isHttps = this.#world.origin.startsWith('https:');
      if (pair.length > maxCookieBytes || (secure && !isHttps)) continue;
      if (name.startsWith('__Host-') && !(secure && given.get('path') === '/' && !given.has('domain')))
        continue;
      const expiresAt = this.#world.now + Number(given.get('max-age') ?? Number.POSITIVE_INFINITY) * 1000;
      this.cookies.set(name, { value, expiresAt, sameSite: (given.get('samesite') ?? 'lax').toLowerCase() });
    }
  }
}
