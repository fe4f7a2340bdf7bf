// A metadata URL may hold `{{ connection.metadata.x }}`, for what the callback brought of that name: a provider that
// answers there has confirmed it.

const metadataPlace = /\{\{\s*connection\.metadata\.([\w-]+)\s*\}\}/g;

/** The parameter that a `uniqueness` such as `callback.realmId` names; null where it names none. */
export function callbackParameter(uniqueness: unknown): string | null {
  return /^callback\.([\w-]+)$/.exec(String(uniqueness))?.[1] ?? null;
}

/** Whether a metadata URL is made with a parameter of the callback. */
export function holdsMetadata(url: unknown, parameter: string): boolean {
  return [...String(url).matchAll(metadataPlace)].some(([, name]) => name === parameter);
}

/**
 * Fills a metadata URL.
 *
 * @param base where one that is a path lies
 * @param kept what the callback brought; each value stays in its place of the path or query
 * @returns null where one is missing, or would lead elsewhere
 */
export function fillMetadataUrl(
  url: string,
  base: string,
  kept: Readonly<Record<string, string>>,
): URL | null {
  let isWhole = true;
  const filled = url.replace(metadataPlace, (_, name: string) => {
    const value = Object.hasOwn(kept, name) ? kept[name] : undefined;
    // What is dots alone would climb out of its place.
    isWhole &&= value !== undefined && !/^\.*$/.test(value);
    return encodeURIComponent(value ?? '');
  });
  const resolved = URL.parse(filled, base);
  return isWhole && resolved?.origin === URL.parse(url, base)?.origin ? resolved : null;
}
