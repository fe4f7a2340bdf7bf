/**
 * Adds parameters to an endpoint. Its own query stays, byte for byte (RFC 6749 §3.1), save parameters of
 * the same names, which these replace. A fragment stays, too: some providers want one, though §3.1 knows none.
 *
 * @throws TypeError where the endpoint isn't an absolute URL
 */
export function addToQuery(endpoint: string, parameters: Record<string, string>): URL {
  const url = new URL(endpoint);
  const own = url.search.slice(1).split('&');
  const kept = own.filter((pair) => pair !== '' && !Object.hasOwn(parameters, nameOf(pair)));
  const added = new URLSearchParams(parameters).toString();
  const query = (added === '' ? kept : [...kept, added]).join('&');
  url.search = query === '' ? '' : `?${query}`;
  return url;
}

function nameOf(pair: string): string {
  const [name = ''] = new URLSearchParams(pair).keys();
  return name;
}
