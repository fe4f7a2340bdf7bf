/**
 * Reads `Retry-After` (RFC 9110 §10.2.3), given in seconds or as an HTTP date.
 *
 * @param now milliseconds
 * @returns milliseconds to wait from now, at least 0; `null` where it is absent or neither form
 */
export function parseRetryAfter(value: string | null | undefined, now: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]+,? .* GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
