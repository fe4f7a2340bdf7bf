import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { callApi, createSource } from './harness/management.ts';
import { peakWhile, processesBehind, residentMemory } from './harness/process-memory.ts';
import { chunk, type StreamProvider, startStreamProvider } from './harness/stream-provider.ts';

const megabyte = 1024 * 1024;
/** 100 MB. */
const chunks = (100 * megabyte) / chunk.byteLength;
/** What a body that isn't kept may cost all the same: buffers, and what the collector hasn't got to yet. */
const allowedGrowth = 40 * megabyte;

const long = { timeout: 90_000 };

let provider: StreamProvider;
let base: string;
let headers: Record<string, string>;

beforeAll(async () => {
  provider = await startStreamProvider();
  const { origin, adminToken: token } = inject('worker');
  const source = await createSource({
    type: 'oauth2',
    name: 'Streams',
    api_host_url: provider.origin,
    auth_host_url: provider.origin,
    auth_url: '/authorize',
    full_auth_url: `${provider.origin}/authorize`,
    access_token_url: '/token',
    client_id: 'streams',
    client_secret: 'a secret of the stream provider',
  });
  const body = { provider_id: source.id, auth: { data: { access_token: 'imported' } } };
  const { id } = await callApi<{ id: string }>('/connections', { method: 'POST', token, body }, 201);
  base = `${origin}/proxy/${source.id}`;
  headers = { authorization: `Bearer ${token}`, 'x-connection-id': id };
});
afterAll(() => provider?.[Symbol.asyncDispose]());

async function download(count: number) {
  const answer = await fetch(`${base}/download?chunks=${count}`, { headers });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    hash.update(part);
  }
  return { status: answer.status, bytes, digest: hash.digest('hex') };
}

async function upload(count: number): Promise<string> {
  let left = count;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(new Uint8Array(chunk));
    },
  });
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };
  const answer = await fetch(`${base}/upload`, init);
  return `${answer.status} ${await answer.text()}`;
}

/** Expects the worker's memory to stay where it was while a large body goes through it. */
async function expectFlat<T>(warmUp: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  await warmUp();
  const pids = await processesBehind(Number(new URL(inject('worker').origin).port));
  if (pids.length === 0) return work();
  const before = await residentMemory(pids);
  const { result, peak } = await peakWhile(pids, work());
  const grown = (peak - before) / megabyte;
  console.log(
    `Memory: ${Math.round(before / megabyte)} MB before, ${Math.round(peak / megabyte)} MB at most.`,
  );
  expect(grown).toBeLessThan(allowedGrowth / megabyte);
  return result;
}

it('a body of 100 MB comes down complete, and isn’t kept', long, async () => {
  const answer = await expectFlat(
    () => download(160),
    () => download(chunks),
  );
  expect(answer).toEqual({ status: 200, bytes: 100 * megabyte, digest: provider.digestOf(chunks) });
});

it('a body of 100 MB goes up complete, and isn’t kept', long, async () => {
  const answer = await expectFlat(
    () => upload(160),
    () => upload(chunks),
  );
  expect(answer).toBe('200 taken');
  expect(provider.uploaded).toEqual({ bytes: 100 * megabyte, digest: provider.digestOf(chunks) });
});

it('a provider that never answers is cut off after half a minute', long, async () => {
  const started = Date.now();
  const answer = await fetch(`${base}/never`, { headers });
  expect(answer.status).toBe(504);
  expect(await answer.json()).toMatchObject({ error: 'provider_timeout' });
  expect(Date.now() - started).toBeGreaterThan(25_000);
  expect(Date.now() - started).toBeLessThan(45_000);
});
