import { percentEncode, reencodeFormText } from './percent-encoding.ts';

/** A name and a value, both encoded by RFC 5849 §3.6. */
type EncodedParameter = [name: string, value: string];

/** The parts of a request that its signature covers. */
export interface SignedParts {
  method: string;
  /** Absolute. What is signed is its serialization, `new URL(url).href`, which `fetch` sends unchanged. */
  url: string;
  /** The body as it is sent, where its type is `application/x-www-form-urlencoded`; else absent. */
  formBody?: string | undefined;
  /** The protocol parameters, without `realm` and `oauth_signature`. */
  protocolParameters: Record<string, string>;
}

/** The signature base string (RFC 5849 §3.4.1.1). */
export function signatureBaseString(parts: SignedParts): string {
  return [parts.method.toUpperCase(), baseStringUri(parts.url), normalizeParameters(parts)]
    .map(percentEncode)
    .join('&');
}

/**
 * Scheme, authority and path of a URL (§3.4.1.2). `URL` lowers scheme and host, drops a default port and
 * makes an empty path `/`, and the path keeps the escapes it is sent with.
 *
 * @throws TypeError where the URL isn't absolute
 */
export function baseStringUri(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Every parameter of query, header and form body, normalized (§3.4.1.3). */
export function normalizeParameters(parts: Omit<SignedParts, 'method'>): string {
  const fromHeader = Object.entries(parts.protocolParameters).map(
    ([name, value]): EncodedParameter => [percentEncode(name), percentEncode(value)],
  );
  return [...readForm(new URL(parts.url).search.slice(1)), ...fromHeader, ...readForm(parts.formBody ?? '')]
    .sort(byNameThenValue)
    .map((parameter) => parameter.join('='))
    .join('&');
}

function readForm(text: string): EncodedParameter[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const nameEnd = pair.includes('=') ? pair.indexOf('=') : pair.length;
      return [reencodeFormText(pair.slice(0, nameEnd)), reencodeFormText(pair.slice(nameEnd + 1))];
    });
}

/** By octets, which for encoded text is by UTF-16 unit. */
function byNameThenValue(a: EncodedParameter, b: EncodedParameter): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
