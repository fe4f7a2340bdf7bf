/**
 * Encodes a text by RFC 5849 §3.6: UTF-8, everything but letters, digits and `-._~` as `%XX` in
 * upper case. That is stricter than `encodeURIComponent` and than a form.
 */
export function percentEncode(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Turns a name or value as it stands in a query or form body into what §3.6 makes of its decoded form
 * (§3.4.1.3.1). Octets stay octets: `%E9`, which is no UTF-8, comes out as it went in.
 *
 * @param raw without `&`; a `+` is a space, a `%` without two hex digits is itself
 */
export function reencodeFormText(raw: string): string {
  return raw
    .replaceAll('+', ' ')
    .replace(/%[\da-f]{2}|[^%]+|%/gi, (part) =>
      /^%./.test(part) ? reencodeOctet(part) : percentEncode(part),
    );
}

function reencodeOctet(escaped: string): string {
  const char = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return /[\w.~-]/.test(char) ? char : escaped.toUpperCase();
}
