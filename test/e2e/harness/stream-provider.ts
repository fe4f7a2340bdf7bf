import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { serveOnLoopback } from './loopback.ts';

export interface StreamProvider extends AsyncDisposable {
  origin: string;
  /** What was uploaded last. */
  uploaded: { bytes: number; digest: string } | null;
  /** The digest of a body of so many of `chunk`. */
  digestOf(chunks: number): string;
}

export const chunk = Buffer.alloc(64 * 1024, 'one of many a chunk ');

/** Starts an API that takes and gives bodies of any size (`/upload`, `/download?chunks=`), and never answers `/never`. */
export async function startStreamProvider(): Promise<StreamProvider> {
  const server = await serveOnLoopback(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider.invalid');
    if (pathname === '/upload') {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const part of request as AsyncIterable<Buffer>) {
        bytes += part.byteLength;
        hash.update(part);
      }
      provider.uploaded = { bytes, digest: hash.digest('hex') };
      response.writeHead(200, { 'content-type': 'text/plain' }).end('taken');
    } else if (pathname === '/download') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      const parts = Array.from({ length: Number(searchParams.get('chunks')) }, () => chunk);
      await pipeline(parts, response).catch(() => {});
    }
  });
  const provider: StreamProvider = {
    origin: server.originAs('localhost'),
    uploaded: null,
    digestOf(chunks) {
      const hash = createHash('sha256');
      for (let left = chunks; left > 0; left -= 1) hash.update(chunk);
      return hash.digest('hex');
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return provider;
}
