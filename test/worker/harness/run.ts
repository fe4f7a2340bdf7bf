import { ok } from './answers.ts';
import { Browser } from './browser.ts';
import { type Application, digest, randomSecret, type Source } from './management.ts';
import type { Choice, OAuth2Provider } from './oauth2-provider.ts';
import type { World } from './world.ts';

/** What starting a run answers. */
export interface Session {
  sessionToken: string;
  connectUrl: string;
  expiresAt: string;
}

/** What the popup is shown of a run. */
export interface View {
  run: { id: string; delivery: string; status: string; origin: string | null; locale: string | null };
  application: { name: string; test: boolean };
  sources: { id: string; slug: string; name: string; scopes: string[]; connected: boolean }[];
  changed: boolean;
  outcome: null | { source: { id: string }; result: string; error?: string; error_description?: string };
}

/** What finishing answers. */
export interface Finished {
  delivery: string;
  origin?: string;
  handle: string;
  location?: string;
  metadata: { runId: string; sources: { id: string; slug: string; name: string }[] };
}

/** What an application's server gets for a specialToken. */
export interface Exchanged {
  userCode: string;
  accessToken: string;
  clientUserId: string;
  connections: string[];
}

interface StartOptions {
  browser?: Browser;
  clientUserId?: string;
  returnUrl?: string;
}

/** One use of the widget: what connect.js, the popup and the application's server send, a method a step. */
export class Run {
  readonly #world: World;
  readonly application: Application;
  /** The browser of whoever uses the popup. */
  readonly browser: Browser;
  /** The run secret, which the embedding page keeps. */
  readonly runSecret = randomSecret();
  session: Session = { sessionToken: '', connectUrl: '', expiresAt: '' };
  handle = '';

  private constructor(world: World, application: Application, browser: Browser) {
    this.#world = world;
    this.application = application;
    this.browser = browser;
  }

  /** Started by a page of the application. */
  static async fromPage(world: World, application: Application, options: StartOptions = {}): Promise<Run> {
    const { browser = new Browser(world), clientUserId = 'user-1', returnUrl } = options;
    const run = new Run(world, application, browser);
    const body = {
      clientId: application.clientId,
      clientUserId,
      challenge: await digest(run.runSecret),
      ...(returnUrl === undefined ? {} : { returnUrl }),
    };
    run.session = await ok<Session>(browser.post(application.page, '/connect/sessions', body));
    return run;
  }

  /** Minted by the application's server. */
  static async fromServer(
    world: World,
    application: Application,
    { browser = new Browser(world), clientUserId = 'user-1', returnUrl }: StartOptions = {},
    fields: Record<string, unknown> = {},
  ): Promise<Run> {
    const run = new Run(world, application, browser);
    const { clientId, clientSecret } = application;
    const body = {
      clientId,
      clientSecret,
      clientUserId,
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...fields,
    };
    run.session = await ok<Session>(world.post('/connect/sessions', body));
    return run;
  }

  get id(): string {
    return this.session.sessionToken.split('.')[0] ?? '';
  }

  /** As connect.js joins it. */
  get specialToken(): string {
    return `${this.handle}.${this.runSecret}`;
  }

  /** The handshake of a popup is over. */
  bind(changes: Record<string, unknown> = {}, browser = this.browser): Promise<Response> {
    const { sessionToken } = this.session;
    const body = { sessionToken, runSecret: this.runSecret, origin: this.application.page, ...changes };
    return browser.post(this.#world.origin, '/connect/bind', body);
  }

  /** The first button of a page without an opener is pressed. */
  bindWithoutOpener(browser = this.browser): Promise<Response> {
    const { sessionToken } = this.session;
    return browser.post(this.#world.origin, '/connect/bind', { sessionToken });
  }

  view(browser = this.browser): Promise<Response> {
    return browser.fetch(this.#world.origin, `/connect/runs/${this.id}`);
  }

  authorize(source: Source, browser = this.browser): Promise<Response> {
    return browser.post(this.#world.origin, `/connect/runs/${this.id}/authorize`, { source: source.id });
  }

  /** Chooses a source and consents: gives the callback's URL, which the browser hasn't followed yet. */
  async consent(provider: OAuth2Provider, source: Source, choice: Choice = {}): Promise<string> {
    const { redirectUrl } = await ok<{ redirectUrl: string }>(this.authorize(source));
    return provider.consent(redirectUrl, choice);
  }

  /** The browser follows the provider's redirect to our callback. */
  callback(url: string, browser = this.browser): Promise<Response> {
    return browser.navigate(url, { from: 'https://provider.example' });
  }

  /** Connects one source, all the way. */
  async connect(provider: OAuth2Provider, source: Source, choice: Choice = {}): Promise<Response> {
    return this.callback(await this.consent(provider, source, choice));
  }

  finish(browser = this.browser): Promise<Response> {
    return browser.post(this.#world.origin, `/connect/runs/${this.id}/finish`, {});
  }

  /** Finishes, and keeps the handle that was delivered. */
  async finished(): Promise<Finished> {
    const finished = await ok<Finished>(this.finish());
    this.handle = finished.handle;
    return finished;
  }

  exit(reason: 'left' | 'closed', browser = this.browser): Promise<Response> {
    return browser.post(this.#world.origin, `/connect/runs/${this.id}/exit`, { reason });
  }

  /** The application's page asks what became of its run. */
  outcome(changes: Record<string, unknown> = {}): Promise<Response> {
    const { sessionToken } = this.session;
    const body = { sessionToken, runSecret: this.runSecret, ...changes };
    return this.browser.post(this.application.page, '/connect/outcome', body);
  }

  /** The application's server exchanges. */
  exchange(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Response> {
    const { clientId, clientSecret } = this.application;
    const body = { specialToken: this.specialToken, clientId, clientSecret, ...changes };
    return this.#world.post('/connect/tokens', body, headers);
  }
}

/** A run from a page with one source connected and finished: ready to be exchanged. */
export async function finishedRun(
  world: World,
  application: Application,
  provider: OAuth2Provider,
  source: Source,
  { choice, ...options }: StartOptions & { choice?: Choice } = {},
): Promise<Run> {
  const run = await Run.fromPage(world, application, options);
  await ok(run.bind());
  await run.connect(provider, source, choice);
  await run.finished();
  return run;
}
