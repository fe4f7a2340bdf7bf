import type { SandboxContext } from './provider.ts';

/** A request's parameters: one value a name. */
export interface Parameters {
  /** Empty values count as left out (RFC 6749 §3.1). */
  get: (name: string) => string | null;
  /** Names that came more than once, which RFC 6749 §3.1 and §3.2 forbid. */
  repeated: string[];
}

/** Reads a query or a form. */
export function readParameters(search: URLSearchParams): Parameters {
  const names = [...search.keys()];
  return {
    get: (name) => search.get(name) || null,
    repeated: [...new Set(names.filter((name, index) => names.indexOf(name) !== index))],
  };
}

/** Reads the body as a form, or gives null where it says it is something else. */
export async function readForm(c: SandboxContext): Promise<Parameters | null> {
  if (!isForm(c.req.header('content-type'))) return null;
  return readParameters(new URLSearchParams(await readText(c)));
}

/** Reads the body as UTF-8. The platform's own `text()` warns in the log of any type it doesn't take for text. */
export async function readText(c: SandboxContext): Promise<string> {
  return new TextDecoder().decode(await c.req.arrayBuffer());
}

/** Whether a Content-Type says that the body is a form. */
export function isForm(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

/**
 * Checks that a browser may be sent to a URL: only our own callback is good.
 *
 * @returns the URL's path and query, or null where it is anything but a canonical URL below `/done/`
 */
export function callbackPath(text: string | null, publicUrl: URL): string | null {
  const url = text === null ? null : URL.parse(text);
  if (!url || url.href !== text || url.origin !== publicUrl.origin) return null;
  if (url.username || url.password || text.includes('#') || !/^\/done\/./.test(url.pathname)) return null;
  return url.pathname + url.search;
}

/** The URL that sends the browser back with an answer; what is null in the answer is left out. */
export function callbackUrl(path: string, publicUrl: URL, answer: Record<string, string | null>): string {
  const url = new URL(path, publicUrl);
  for (const [name, value] of Object.entries(answer)) {
    if (value !== null) url.searchParams.append(name, value);
  }
  return url.href;
}
