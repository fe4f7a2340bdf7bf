import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection, Outcome, Source, View } from '../../widget/popup/service.ts';
import { readAssets } from './assets.ts';
import type { FakeRun, Knobs } from './fake-run.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
const token = (bytes = 32) => randomBytes(bytes).toString('base64url');

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** A service that keeps the Connect contract with runs in memory, and serves the built widget. */
export function createFakeService(assetsDirectory: string, knobs: Knobs, providerOrigin: string) {
  const assets = readAssets(assetsDirectory);
  const runs = new Map<string, FakeRun>();
  const requests: { path: string; body: Record<string, unknown> }[] = [];

  function mint(values: Partial<FakeRun>): FakeRun {
    const id = randomBytes(16).toString('hex');
    const run: FakeRun = {
      id,
      token: `${id}.${token()}`,
      delivery: 'popup',
      status: 'open',
      challenge: null,
      serverMinted: true,
      origin: null,
      cookie: null,
      returnUrl: null,
      handle: token(),
      connected: new Set(),
      changes: new Map(),
      outcome: null,
      error: null,
      closedAt: null,
      expiresAt: new Date(Date.now() + 30 * 60_000).toISOString(),
      ...values,
    };
    runs.set(id, run);
    return run;
  }

  const named = (ids: Iterable<string>) =>
    knobs.sources.filter(({ id }) => new Set(ids).has(id)).map(({ id, slug, name }) => ({ id, slug, name }));
  const metadataOf = (run: FakeRun) => ({ runId: run.id, sources: named(connectedIn(run)) });

  /** The user's Connections at a source, which a run that a page began doesn't show. */
  function connectionsOf(run: FakeRun, { connections }: Source): Connection[] {
    if (!run.serverMinted) return [];
    return connections.map((one) => ({ ...one, change: run.changes.get(one.id) ?? null }));
  }

  const connectedIn = (run: FakeRun) => [
    ...run.connected,
    ...knobs.sources
      .filter((source) => connectionsOf(run, source).some(({ change }) => change === 'renewed'))
      .map(({ id }) => id),
  ];

  function settle(run: FakeRun): void {
    if (run.status !== 'open') return;
    if (Date.parse(run.expiresAt) < Date.now()) {
      run.status = 'exited';
      run.error = { error: 'run_expired', error_description: 'The run has expired' };
    } else if (run.closedAt !== null && Date.now() - run.closedAt > 2000) run.status = 'exited';
  }

  function viewOf(run: FakeRun, bare = false): View {
    const { id, delivery, status, origin, expiresAt } = run;
    return {
      run: { id, delivery, status, origin, expiresAt, locale: knobs.locale },
      application: knobs.application,
      sources: bare
        ? []
        : knobs.sources.map((source) => ({
            ...source,
            connected: source.connected || connectedIn(run).includes(source.id),
            connections: connectionsOf(run, source),
          })),
      changed: run.connected.size + run.changes.size > 0,
      outcome: run.outcome,
    };
  }

  function byToken(sessionToken: unknown): FakeRun {
    const run = runs.get(String(sessionToken).split('.')[0] ?? '');
    if (!run || run.token !== sessionToken) throw new Refusal(404, 'not_found');
    settle(run);
    return run;
  }

  function startSession(body: Record<string, unknown>, origin: string): object {
    if (!knobs.origins.includes(origin)) throw new Refusal(403, 'origin_not_allowed');
    if (!/^[\w-]{43}$/.test(String(body.challenge))) throw new Refusal(400, 'invalid_request');
    const returnUrl = (body.returnUrl as string | undefined) ?? null;
    const delivery = returnUrl ? 'redirect' : 'popup';
    const run = mint({ delivery, challenge: String(body.challenge), serverMinted: false, returnUrl });
    return {
      sessionToken: run.token,
      connectUrl: `${knobsUrl()}/connect#session=${run.token}`,
      expiresAt: run.expiresAt,
    };
  }
  let ownOrigin = '';
  const knobsUrl = () => ownOrigin;

  function bindRun(body: Record<string, unknown>): FakeRun {
    const run = byToken(body.sessionToken);
    if (run.status !== 'open') throw new Refusal(409, 'run_ended');
    if (run.cookie) throw new Refusal(409, 'run_ended');
    if (run.delivery === 'popup') {
      if (!knobs.origins.includes(String(body.origin))) throw new Refusal(403, 'origin_not_allowed');
      run.challenge ??= sha256(String(body.runSecret));
      if (sha256(String(body.runSecret)) !== run.challenge) throw new Refusal(401, 'invalid_token');
      run.origin = String(body.origin);
    }
    run.cookie = token();
    return run;
  }

  function outcome(body: Record<string, unknown>): object {
    const run = byToken(body.sessionToken);
    if (sha256(String(body.runSecret)) !== run.challenge) throw new Refusal(401, 'invalid_token');
    if (body.end && run.status === 'open') run.status = 'exited';
    const { status, handle, error } = run;
    if (status === 'open') return { status, bound: run.cookie !== null };
    return status === 'finished'
      ? { status, handle, metadata: metadataOf(run) }
      : { status, error, metadata: metadataOf(run) };
  }

  const back = (run: FakeRun, fragment: string) => ({
    delivery: run.delivery,
    location: `${run.returnUrl}#${fragment}`,
  });

  function act(run: FakeRun, step: string, body: Record<string, unknown>): object | null {
    if (step === '') return viewOf(run);
    if (step === 'exit' && body.reason === 'closed') {
      run.closedAt = Date.now();
      return {};
    }
    if (run.status !== 'open') throw new Refusal(409, 'run_ended');
    const target = body.connection === undefined ? null : String(body.connection);
    const known = knobs.sources.flatMap((source) => connectionsOf(run, source));
    if (target !== null && !known.some(({ id }) => id === target)) throw new Refusal(404, 'not_found');
    if (step === 'disconnect') {
      if (body.undo) run.changes.delete(target ?? '');
      else run.changes.set(target ?? '', 'disconnected');
      return null;
    }
    if (step === 'authorize') {
      const query = new URLSearchParams({ run: run.id, source: String(body.source) });
      if (target !== null) query.set('connection', target);
      return { redirectUrl: `${providerOrigin}/authorize?${query}${knobs.providerQuery}` };
    }
    if (step === 'credential') return enter(run, String(body.source), target, body);
    run.status = step === 'finish' ? 'finished' : 'exited';
    if (step === 'finish') {
      return run.delivery === 'popup'
        ? { delivery: 'popup', origin: run.origin, handle: run.handle, metadata: metadataOf(run) }
        : back(
            run,
            run.delivery === 'hosted' ? `specialToken=${run.handle}` : `handle=${run.handle}&run=${run.id}`,
          );
    }
    return run.delivery === 'popup'
      ? { delivery: 'popup', origin: run.origin, error: null, metadata: metadataOf(run) }
      : back(run, `exit=&run=${run.id}`);
  }

  /** The key `right` opens an account, `theirs` somebody else's; so do they as passwords. */
  function enter(
    run: FakeRun,
    sourceId: string,
    renewed: string | null,
    { key, password }: Record<string, unknown>,
  ): View {
    const source = knobs.sources.find(({ id }) => id === sourceId);
    if (!source?.credential) throw new Refusal(404, 'not_found');
    const typed = key ?? password;
    if (typed !== 'right' && typed !== 'theirs') throw new Refusal(403, 'access_denied');
    const result = typed === 'right' ? 'connected' : 'failed';
    if (typed === 'right' && renewed) run.changes.set(renewed, 'renewed');
    else if (typed === 'right') run.connected.add(sourceId);
    run.outcome = {
      source: { id: source.id, name: source.name },
      result,
      ...(result === 'failed' && { error: 'account_mismatch' }),
      request_id: randomBytes(8).toString('hex'),
    };
    return viewOf(run);
  }

  /** The provider's redirect back: `?run=…&source=…&connection=…&result=connected|denied|failed`. */
  function callback(url: URL, response: ServerResponse): void {
    const run = runs.get(url.searchParams.get('run') ?? '');
    const source = knobs.sources.find(({ id }) => id === url.searchParams.get('source'));
    if (!run || !source) return void response.writeHead(400).end();
    const result = (url.searchParams.get('result') ?? 'failed') as Outcome['result'];
    const renewed = url.searchParams.get('connection');
    if (result === 'connected' && renewed) run.changes.set(renewed, 'renewed');
    else if (result === 'connected') run.connected.add(source.id);
    const error = url.searchParams.get('error') ?? (result === 'denied' ? 'access_denied' : 'provider_error');
    run.outcome = {
      source: { id: source.id, name: source.name },
      result,
      ...(result === 'connected' ? {} : { error }),
      request_id: randomBytes(8).toString('hex'),
    };
    response.writeHead(302, { location: `/connect#run=${run.id}` }).end();
  }

  function answer(
    request: IncomingMessage,
    path: string,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): object | null {
    const origin = request.headers.origin ?? '';
    if (path === '/connect/sessions') return startSession(body, origin);
    if (path === '/connect/outcome') return outcome(body);
    if (path === '/connect/preview') {
      const run = byToken(body.sessionToken);
      if (run.cookie) throw new Refusal(409, 'run_ended');
      return viewOf(run, run.delivery === 'popup');
    }
    if (path === '/connect/bind') {
      const run = bindRun(body);
      response.setHeader('set-cookie', `run-${run.id}=${run.cookie}; Path=/; HttpOnly; SameSite=Lax`);
      return viewOf(run);
    }
    const [, id = '', step = ''] = /^\/connect\/runs\/(\w+)\/?(\w*)$/.exec(path) ?? [];
    const run = runs.get(id);
    if (!run?.cookie || !request.headers.cookie?.includes(`run-${id}=${run.cookie}`))
      throw new Refusal(404, 'not_found');
    settle(run);
    if (step !== 'exit' || body.reason !== 'closed') run.closedAt = null;
    return act(run, step, body);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    ownOrigin = url.origin;
    const asset = assets.get(url.pathname);
    if (asset && request.method === 'GET') {
      response.writeHead(200, asset.headers).end(asset.body);
      return;
    }
    if (url.pathname === '/callback') return callback(url, response);
    if (url.pathname === '/connect/sessions' || url.pathname === '/connect/outcome') {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'content-type');
      if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    requests.push({ path: url.pathname, body });
    const matching = <Value>(table: Record<string, Value>) =>
      Object.entries(table).find(([prefix]) => url.pathname.includes(prefix))?.[1];
    const delay = matching(knobs.delays);
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    const failure = matching(knobs.failures);
    if (failure?.status === 0) return void request.socket.destroy();
    response.setHeader('content-type', 'application/json');
    try {
      if (failure) throw Object.assign(new Refusal(failure.status, failure.error), failure);
      const given = answer(request, url.pathname, body, response);
      if (given) {
        response.writeHead(url.pathname.endsWith('sessions') ? 201 : 200).end(JSON.stringify(given));
      } else {
        response.removeHeader('content-type');
        response.writeHead(204).end();
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code } = error;
      const description =
        (error as { error_description?: string }).error_description ?? `The service says ${code}`;
      const text = JSON.stringify({
        error: code,
        error_description: description,
        request_id: 'req_5f2c81d0',
      });
      response.writeHead(status).end(text);
    }
  }

  return { handle, runs, requests, mint };
}
