/** Which URLs this deployment may be told to call: a part of its configuration. */
export interface UrlPolicy {
  /** Hosts for which http and addresses are fine; a name covers its subdomains. */
  insecureHosts: string[];
  /** This worker's own origin, which nobody may send us to. */
  publicUrl: URL;
}

// RFC 6761, RFC 8375, and the names that private networks use for themselves.
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'lan',
  'home',
  'home.arpa',
  'onion',
];

/**
 * Checks a URL that somebody gave us and that we, or a user's browser, will be sent to.
 *
 * @returns null where it is fine, else what is wrong with it, to be read behind the field's name
 */
export function refuseUrl(url: URL, policy: UrlPolicy): string | null {
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const insecure = isListed(host, policy.insecureHosts);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && insecure)) return 'must be an https URL';
  if (url.username || url.password) return 'must not carry a user name or password';
  if (!/^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/.test(host)) return 'must name a host';
  if (isOwn(url, host, policy.publicUrl)) return 'must not point back at this service';
  if (insecure) return null;
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return 'must name a host, not an address';
  if (!host.includes('.')) return 'must name a public host';
  if (privateSuffixes.some((suffix) => host.endsWith(`.${suffix}`))) return 'must name a public host';
  const port = Number(url.port || 443);
  if (port !== 443 && port < 1024) return 'must not use a port below 1024 other than 443';
  return null;
}

/** Whether `host` is on the list: itself, or below a listed name. */
function isListed(host: string, list: string[]): boolean {
  return list.some((listed) => host === listed || (!/^[\d.[]/.test(listed) && host.endsWith(`.${listed}`)));
}

function isOwn(url: URL, host: string, ownUrl: URL): boolean {
  const samePort = portOf(url) === portOf(ownUrl);
  if (host === ownUrl.hostname) return samePort;
  return samePort && isLoopback(host) && isLoopback(ownUrl.hostname);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'http:' ? '80' : '443');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^127\./.test(host) || host === '[::1]';
}
