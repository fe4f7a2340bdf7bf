import { refuseUrl, type UrlPolicy } from './allowed-url.ts';

/** Why a call that left us, or was to leave us, brought no answer. */
export class OutboundError extends Error {
  override name = 'OutboundError';
  readonly kind: 'refused' | 'timeout' | 'unreachable' | 'too_large';

  constructor(kind: OutboundError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

interface OutboundOptions {
  /** How long the first byte of the answer may take. */
  timeoutMs: number;
  /** The source is the sandbox: our own origin, and only its sandbox, is where it lives. */
  sandbox?: boolean;
}

/** Every request that leaves the worker goes through one of these. Redirects are never followed. */
export type Outbound = (request: Request, options: OutboundOptions) => Promise<Response>;

interface OutboundParts {
  policy: UrlPolicy;
  fetch: (request: Request) => Promise<Response>;
  /** Answers requests to the built-in provider in process; null where it is off. */
  sandbox: ((request: Request) => Promise<Response>) | null;
}

/**
 * Makes the guarded fetch: the URL is checked again at use, since what a definition said may have
 * been stored under another policy, and a slow host is cut off.
 */
export function createOutbound(parts: OutboundParts): Outbound {
  return async (request, { timeoutMs, sandbox = false }) => {
    const url = new URL(request.url);
    if (sandbox) {
      if (
        url.origin !== parts.policy.publicUrl.origin ||
        !url.pathname.startsWith('/sandbox/') ||
        !parts.sandbox
      ) {
        throw new OutboundError('refused', 'The sandbox is off, or this is not one of its URLs');
      }
    } else {
      const reason = refuseUrl(url, parts.policy);
      if (reason) throw new OutboundError('refused', `${url.host} ${reason}`);
    }
    const send = sandbox && parts.sandbox ? parts.sandbox : parts.fetch;
    const abort = new AbortController();
    const slow = new OutboundError('timeout', `${url.host} did not answer within ${timeoutMs / 1000} s`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(slow);
        abort.abort(slow);
      }, timeoutMs);
    });
    try {
      return await Promise.race([
        send(new Request(request, { redirect: 'manual', signal: abort.signal })),
        late,
      ]);
    } catch (cause) {
      if (cause instanceof OutboundError) throw cause;
      throw new OutboundError('unreachable', `${url.host} could not be reached`, cause);
    } finally {
      if (timer !== undefined) clearTimeout(timer);
    }
  };
}

/**
 * Reads a whole answer as text, up to a size.
 *
 * @throws OutboundError `too_large` as soon as more arrives, `timeout` where it trickles in too slowly,
 *   `unreachable` where it breaks off
 */
export async function readText(response: Response, maxBytes: number, timeoutMs = 10_000): Promise<string> {
  return new TextDecoder().decode(await readBytes(response, maxBytes, timeoutMs));
}

/** As `readText`, for bytes. */
export async function readBytes(
  response: Response,
  maxBytes: number,
  timeoutMs = 10_000,
): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const reader = response.body.getReader();
  const deadline = AbortSignal.timeout(timeoutMs);
  const expired = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () =>
      reject(new OutboundError('timeout', 'The answer took too long')),
    );
  });
  expired.catch(() => {});
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), expired]);
      if (done) break;
      size += value.byteLength;
      if (size > maxBytes)
        throw new OutboundError('too_large', `The answer is larger than ${maxBytes} bytes`);
      chunks.push(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    if (cause instanceof OutboundError) throw cause;
    throw new OutboundError('unreachable', 'The answer broke off', cause);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
