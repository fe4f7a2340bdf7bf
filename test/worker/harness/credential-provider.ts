import { createSource, type Source } from './management.ts';
import { type Echo, echo } from './oauth2-provider.ts';
import type { World } from './world.ts';

/** A provider whose users type a credential. It lets in what it was told to, and echoes what reaches it. */
export class CredentialProvider {
  readonly host: string;
  /** The account that each credential opens, by the credential as it arrives. */
  readonly accounts = new Map<string, string>();
  /** Every request, as it arrived. */
  readonly received: Echo[] = [];
  /** Stands in for the API. */
  answer: ((request: Request) => Response | Promise<Response>) | null = null;
  readonly #world: World;
  /** Reads the credential off a request. */
  readonly #credentialOf: (request: Request) => string | null;

  constructor(world: World, credentialOf: (request: Request) => string | null) {
    this.#world = world;
    this.#credentialOf = credentialOf;
    this.host = `keys-${crypto.randomUUID().slice(0, 8)}.example`;
    world.internet.host(this.host, (request) => this.#api(request));
  }

  /** The body of `POST /sources` that describes it. */
  fields(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      type: 'api_key',
      name: `Weather ${this.host}`,
      api_host_url: `https://${this.host}/v1`,
      metadata_url: '/v1/me',
      uniqueness: 'id',
      default_name: 'id',
      ...changes,
    };
  }

  /** Makes it a data source of the platform. */
  define(changes: Record<string, unknown> = {}, key?: string): Promise<Source> {
    return createSource(this.#world, this.fields(changes), key);
  }

  async #api(request: Request): Promise<Response> {
    if (this.answer) return this.answer(request);
    const account = this.accounts.get(this.#credentialOf(request) ?? '');
    const answer = await echo(request.clone(), account ?? '');
    this.received.push(await answer.clone().json());
    if (!account) return Response.json({ error: 'unauthorized' }, { status: 401 });
    // Like some providers do, it repeats the key in the profile.
    return new URL(request.url).pathname.endsWith('/me')
      ? Response.json({ id: account, api_key: this.#credentialOf(request)?.replace(/^Bearer /, '') })
      : answer;
  }
}

/** Reads a key off a header. */
export const inHeader = (name: string) => (request: Request) => request.headers.get(name);

/** Reads a key off the query. */
export const inQuery = (name: string) => (request: Request) => new URL(request.url).searchParams.get(name);
