import type { Fault } from '../errors.ts';
import type { Definition, OAuth2Definition } from './definition.ts';
import { fillHosts, hostValueNames } from './host-values.ts';
import { placesIn } from './placeholders.ts';
import { isOAuth, type Source } from './source.ts';

/** Where a source's protocol and API live, as absolute URLs. */
export interface Endpoints {
  api: URL;
  /** Where the user is sent. */
  authorization: URL;
  token: URL;
  /** OAuth 1.0a's temporary-credential endpoint. */
  temporaryCredentials: URL | null;
  /** Where a first token is swapped for one that lasts. */
  exchange: URL | null;
  refresh: URL;
  revocation: URL | null;
  metadata: URL | null;
}

/**
 * Resolves a source's URLs: paths against the auth host or the API host, and the sandbox's against PUBLIC_URL.
 *
 * @throws TypeError for a source whose definition names no authorization (`api_key`, `basic`, `none`)
 */
export function resolveEndpoints(source: Pick<Source, 'definition' | 'sandbox'>, publicUrl: URL): Endpoints {
  const definition = withStandIns(source.definition);
  const origin = source.sandbox ? publicUrl.href : undefined;
  const api = new URL(definition.api_host_url, origin);
  if (definition.type === 'oauth1') {
    const authHost = new URL(definition.auth_host_url, origin);
    const token = new URL(definition.access_token_url, authHost);
    return {
      api,
      authorization: new URL(definition.full_auth_url, origin),
      token,
      temporaryCredentials: new URL(definition.request_token_url, authHost),
      exchange: null,
      refresh: token,
      revocation: definition.revocation_url ? new URL(definition.revocation_url, authHost) : null,
      metadata: definition.metadata_url ? new URL(definition.metadata_url, api) : null,
    };
  }
  if (definition.type !== 'oauth2')
    throw new TypeError(`A source of type ${definition.type} has no authorization`);
  const { discovered } = definition;
  const authHost = new URL(definition.auth_host_url ?? definition.issuer ?? '', origin);
  const token = new URL(definition.access_token_url ?? discovered?.access_token_url ?? '', authHost);
  const revocation = definition.revocation_url ?? discovered?.revocation_url;
  return {
    api,
    authorization: new URL(
      definition.full_auth_url ?? definition.auth_url ?? discovered?.auth_url ?? '',
      authHost,
    ),
    token,
    temporaryCredentials: null,
    exchange: definition.token_exchange_url ? new URL(definition.token_exchange_url, authHost) : null,
    refresh: definition.refresh_url ? new URL(definition.refresh_url, authHost) : token,
    revocation: revocation ? new URL(revocation, authHost) : null,
    metadata: definition.metadata_url ? new URL(definition.metadata_url, api) : null,
  };
}

/**
 * The hosts that a source's secret, and its users' tokens, are sent to. A stored secret is bound to
 * those it was entered for: whoever changes one has to know the secret.
 */
export function secretHosts(source: Pick<Source, 'definition' | 'sandbox'>, publicUrl: URL): string[] {
  const urls = isOAuth(source.definition)
    ? Object.values(resolveEndpoints(source, publicUrl))
    : apiUrls(source.definition, source.sandbox ? publicUrl.href : undefined);
  const named = urls.flatMap((url) => (url === null ? [] : [hostOf(url, publicUrl)]));
  // A callback may name a host below these, and gets the secret there.
  const { definition } = source;
  const below = definition.type === 'oauth2' ? [...(definition.token_host_suffixes ?? [])] : [];
  // So may a grant, of the API: that gets what calls carry.
  if (definition.type === 'oauth2' && callsCarrySecrets(definition)) {
    below.push(...(definition.api_host_suffixes ?? []));
  }
  return [...new Set([...named, ...below.map((suffix) => `*${suffix}`)])].sort();
}

function callsCarrySecrets({ api_headers, api_params }: OAuth2Definition): boolean {
  const places = placesIn(api_headers, api_params);
  return [...places].some((place) => /^(client_secret|environment\.)/.test(place));
}

/** The hosts that tell one place of a source from another: its API's and its tokens'. */
export function accountHosts(source: Pick<Source, 'definition' | 'sandbox'>, publicUrl: URL): string[] {
  const { definition, sandbox } = source;
  if (!isOAuth(definition)) {
    return apiUrls(definition, sandbox ? publicUrl.href : undefined).map((url) => hostOf(url, publicUrl));
  }
  const { api, token } = resolveEndpoints(source, publicUrl);
  return [hostOf(api, publicUrl), hostOf(token, publicUrl)];
}

/**
 * A URL's host, as `secretHosts` has it. The sandbox's is this worker's, whatever it is called today; one that is to
 * be filled in for each user is the place with its braces.
 */
export function hostOf(url: URL, publicUrl: URL): string {
  if (url.origin === publicUrl.origin) return 'self';
  const [, name] = standIn.exec(url.host) ?? [];
  return name === undefined ? url.host : url.host.replace(standIn, `{${name.replaceAll('-', '_')}}.`);
}

const standIn = /^value--([a-z-]+)--value\./;

/** A host with a place in braces isn't one yet: a label that no value can be stands in for it. */
function withStandIns(definition: Definition): Definition {
  const names = hostValueNames(definition);
  if (names.length === 0) return definition;
  const labels = names.map((name) => [name, `value--${name.replaceAll('_', '-')}--value`] as const);
  return fillHosts(definition, Object.fromEntries(labels), /^value--/);
}

function apiUrls(unfilled: Definition, origin: string | undefined): URL[] {
  const definition = withStandIns(unfilled);
  const api = new URL(definition.api_host_url, origin);
  const metadata = 'metadata_url' in definition ? definition.metadata_url : undefined;
  return metadata === undefined ? [api] : [api, new URL(metadata, api)];
}

/**
 * The fault of a stored secret that would now be used with hosts it was not entered for.
 *
 * @param path the secret's
 * @param hosts where it would be used
 * @param before the row that holds it
 */
export function movedHosts(
  path: string,
  hosts: string[],
  before: Pick<Source, 'secretHosts'> | null,
): Fault[] {
  const entered = before?.secretHosts ?? [];
  const moved = hosts.filter((host) => !entered.includes(host));
  if (moved.length === 0) return [];
  const message = `must be entered again: it was entered for ${entered.join(', ') || 'no host'}, and would now be used with ${moved.join(', ')}`;
  return [{ path, message }];
}
