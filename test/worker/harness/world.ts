import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, onTestFailed, onTestFinished, vi } from 'vitest';
import { createApp, runSweep } from '../../../src/app.ts';
import type { Bindings } from '../../../src/env.ts';
import { Internet } from './internet.ts';
import { type Fault, StorageTap, tapD1, tapKV } from './storage.ts';

export const adminToken = 'test-administrator-token-0123456789-0123456789';

const shared = env as Bindings;
const print = console.log;

/** How much storage and how many outbound calls something took. */
export interface Counts {
  d1: number;
  kvReads: number;
  kvWrites: number;
  outbound: number;
}

/**
 * One test's worker: the whole service on real D1 and KV, with its own clock, its own internet, and everything it
 * logs and answers on record. It must be made inside a test; a request to a host that nobody declared fails
 * that test.
 */
export class World {
  /** Tells this test's names from those of the others in its file, which share the storage. */
  readonly tag = crypto.randomUUID().slice(0, 8);
  readonly origin: string;
  readonly internet = new Internet();
  readonly storage: StorageTap;
  /** Another object is another configuration: what a deployment with changed secrets sees. */
  bindings: Bindings;
  /** Every line the worker wrote to the console. */
  readonly logs: string[] = [];
  /** Every answer, headers and body as text, where `recording` is on. */
  readonly transcript: string[] = [];
  recording = false;
  /** Milliseconds. */
  now = Date.parse('2026-11-22T09:00:00.000Z');
  readonly #app;
  /** The Connections that others made. */
  readonly #before: Promise<number | null>;

  constructor(changes: Partial<Bindings> = {}) {
    this.storage = new StorageTap(() => this.now);
    const { ENCRYPTION_KEYS, ASSETS } = shared;
    this.bindings = {
      ...(ENCRYPTION_KEYS ? { ENCRYPTION_KEYS } : {}),
      ASSETS,
      ADMIN_TOKEN: adminToken,
      PUBLIC_URL: 'https://trivet.test',
      SANDBOX: 'true',
      ...changes,
      DB: tapD1(shared.DB, this.storage),
      KV: tapKV(shared.KV, this.storage),
    };
    this.origin = new URL(this.bindings.PUBLIC_URL ?? '').origin;
    this.#before = shared.DB.prepare('SELECT coalesce(max(rowid), 0) FROM connections').first<number>(
      'coalesce(max(rowid), 0)',
    );
    this.#app = createApp({ now: () => this.now, fetch: this.internet.fetch });
    for (const name of ['log', 'error', 'warn', 'info', 'debug'] as const) {
      const spy = vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => {
        this.logs.push(parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '));
      });
      onTestFinished(() => spy.mockRestore());
    }
    onTestFailed(() => print(this.logs.slice(-10).join('\n')));
    // What is owed to a webhook of this test must not be sent in another.
    onTestFinished(async () => void (await shared.DB.prepare('DELETE FROM webhooks').run()));
    onTestFinished(() => expect(this.internet.unexpected).toEqual([]));
  }

  /** D1 past the tap: what a test looks at or plants goes uncounted and never fails. */
  get db(): D1Database {
    return shared.DB;
  }

  /** Sends a request to the worker, as it would arrive from the edge. */
  send(request: Request): Promise<Response> {
    return this.#arrive(this.#app, request);
  }

  /**
   * Starts another isolate of this worker: it has the storage, clock and internet in common with the first, and no
   * memory. Gives what sends requests to it.
   */
  isolate(): (path: string, init?: RequestInit) => Promise<Response> {
    const app = createApp({ now: () => this.now, fetch: this.internet.fetch });
    return (path, init) => this.#arrive(app, new Request(new URL(path, this.origin), init));
  }

  async #arrive(app: ReturnType<typeof createApp>, request: Request): Promise<Response> {
    const context = createExecutionContext();
    const response = await app.fetch(request, this.bindings, context);
    await waitOnExecutionContext(context);
    if (this.recording) {
      const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      this.transcript.push(
        `${response.status}\n${headers}\n\n${new TextDecoder().decode(await response.clone().arrayBuffer())}`,
      );
    }
    return response;
  }

  /** Sends a request that no browser made: a server's, or somebody's curl. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(new Request(new URL(path, this.origin), { redirect: 'manual', ...init }));
  }

  /** Sends JSON that no browser made. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Does what the worker does by itself every few minutes. */
  async sweep(): Promise<void> {
    // The tests before left Connections behind, whose providers are gone.
    const before = 'UPDATE connections SET refresh_due_at = NULL WHERE rowid <= ?';
    await this.db
      .prepare(before)
      .bind(await this.#before)
      .run();
    const context = createExecutionContext();
    await runSweep(this.bindings, context, { now: () => this.now, fetch: this.internet.fetch });
    await waitOnExecutionContext(context);
  }

  /** Lets time pass. */
  advance({ seconds = 0, minutes = 0 }: { seconds?: number; minutes?: number }): void {
    this.now += (minutes * 60 + seconds) * 1000;
  }

  /** Counts what a step asks of storage and of others. */
  async count<T>(step: () => Promise<T>): Promise<{ result: T; counts: Counts }> {
    const [calls, requests] = [this.storage.calls.length, this.internet.requests.length];
    const result = await step();
    const made = this.storage.calls.slice(calls);
    const counts = {
      d1: made.filter((call) => call.store === 'd1').length,
      kvReads: made.filter((call) => call.store === 'kv' && call.operation === 'get').length,
      kvWrites: made.filter((call) => call.store === 'kv' && call.operation !== 'get').length,
      outbound: this.internet.requests.length - requests,
    };
    return { result, counts };
  }

  /** Makes one storage call of a step fail. */
  async withFault<T>(fault: Fault, step: () => Promise<T>): Promise<T> {
    this.storage.arm(fault);
    try {
      return await step();
    } finally {
      this.storage.arm(null);
    }
  }
}
