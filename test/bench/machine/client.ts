import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  location: string | undefined;
  cookies: string[];
  text: string;
  /** Milliseconds from the request's start to the answer's headers, and to its end. */
  headersMs: number;
  totalMs: number;
}

interface Call {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

const timeoutMs = 30_000;
// Idle connections are ended before the servers do it.
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 3000 });

/** Sends one request over loopback and reads the whole answer. Redirects aren't followed. */
export function send(url: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const json = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(
      url,
      { method, agent, headers: { ...json, ...headers }, timeout: timeoutMs },
      (response) => {
        const headersMs = performance.now() - started;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            cookies: response.headers['set-cookie'] ?? [],
            text: Buffer.concat(chunks).toString(),
            headersMs,
            totalMs: performance.now() - started,
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`No answer in ${timeoutMs} ms: ${url}`)));
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Sends a request that has to succeed, and gives the JSON it is answered with. */
export async function ask<T>(url: string, call: Call = {}): Promise<T> {
  const { status, text } = await send(url, call);
  if (status < 200 || status > 299) throw new Error(`${call.method ?? 'GET'} ${url}: ${status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** A user's browser, as far as a flow needs one: it keeps cookies by host and port, and follows redirects. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async send(url: string, call: Call = {}): Promise<Answer> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await send(url, {
      ...call,
      headers: { ...(cookie === '' ? {} : { cookie }), ...call.headers },
    });
    for (const line of answer.cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) jar.set(name, value);
    }
    return answer;
  }

  /** Follows a URL to the page it ends at. */
  async navigate(url: string): Promise<{ url: string; answer: Answer }> {
    let here = url;
    for (let redirects = 0; redirects < 10; redirects += 1) {
      const answer = await this.send(here);
      if (answer.location === undefined) return { url: here, answer };
      here = new URL(answer.location, here).href;
    }
    throw new Error(`Too many redirects from ${url}`);
  }
}

/** Does something so many times, so many at once. */
export async function repeat<T>(
  times: number,
  concurrency: number,
  once: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < times; index = next++) results[index] = await once(index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, times) }, lane));
  return results;
}
