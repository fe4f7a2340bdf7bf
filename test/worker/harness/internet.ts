type Handler = (request: Request) => Response | Promise<Response>;

/** Everything outside the worker, as one test declares it. */
export class Internet {
  /** What was asked of it, in order. */
  readonly requests: { method: string; url: string; headers: Headers }[] = [];
  /** What was asked of hosts that aren't there: an outbound call that nobody expected. */
  readonly unexpected: string[] = [];
  /** Answers for every host that isn't declared: where a test sends the worker anywhere it likes. */
  elsewhere: Handler | null = null;
  readonly #hosts = new Map<string, Handler>();

  /** Puts a host on the net; a second one of the name takes its place. */
  host(name: string, handler: Handler): void {
    this.#hosts.set(name, handler);
  }

  /** The `fetch` that a worker is given. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const { method, url, headers } = request;
    this.requests.push({ method, url, headers });
    const handler = this.#hosts.get(new URL(url).host) ?? this.elsewhere;
    if (!handler) {
      this.unexpected.push(`${method} ${url}`);
      throw new TypeError(`No such host: ${url}`);
    }
    return handler(request);
  };
}
