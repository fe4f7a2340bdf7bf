const maxErrorLength = 100;
const maxDescriptionLength = 400;

/**
 * A provider's error code within the characters RFC 6749 §5.2 allows, at most 100 of them.
 * Text that comes from a provider ends up in pages, URLs and logs of ours.
 *
 * @returns `null` where nothing is left
 */
export function cleanError(value: unknown): string | null {
  return clean(value, maxErrorLength);
}

/** A provider's error description, likewise, at most 400 characters. */
export function cleanErrorDescription(value: unknown): string | null {
  return clean(value, maxDescriptionLength);
}

function clean(value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value)
    .slice(0, 4 * maxLength)
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]+/g, '?')
    .trim()
    .slice(0, maxLength);
  return text === '' ? null : text;
}
