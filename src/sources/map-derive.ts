import type { Definition, StoredDocument } from './definition.ts';
import { isObject, member, textMember } from './map-json.ts';

/** Fields of a definition, not checked yet. */
export type DefinitionFields = Record<string, unknown>;

/**
 * The fields of a definition that a map document has a place for, from what it says there. Pure: any JSON
 * object will do, and `parseDefinition` tells what is wrong with the fields.
 *
 * URLs come out absolute: the token endpoints resolve against the origin of `authorization_url`, the route of
 * the metadata endpoint goes below `url`.
 */
export function deriveFields(document: StoredDocument): DefinitionFields {
  const auth = member(document, 'auth');
  const type = authType(auth);
  const url = textMember(document, 'url');
  return compact({
    type,
    name: textMember(document, 'name') ?? (URL.parse(url ?? '')?.host.slice(0, 120) || 'unnamed'),
    api_host_url: url,
    ...(type === 'oauth2' ? oauth2Fields(auth) : {}),
    ...(type === 'oauth1' ? oauth1Fields(auth) : {}),
    ...(type === 'none' ? {} : metadataFields(document)),
  });
}

/** Absent and empty: none. Anything but a known type is left for the check. */
function authType(auth: unknown): unknown {
  if (!isObject(auth) || Object.keys(auth).length === 0) return 'none';
  return auth.type;
}

function authorizationFields(auth: unknown): DefinitionFields {
  const given = textMember(auth, 'authorization_url');
  const url = given === undefined ? null : URL.parse(given);
  return {
    full_auth_url: given,
    auth_url: url ? `${url.origin}${url.pathname}` : given,
    auth_host_url: url ? url.origin : given,
  };
}

function oauth2Fields(auth: unknown): DefinitionFields {
  const token = member(auth, 'access_token');
  const method = textMember(token, 'method');
  const useAuthHeader = member(auth, 'use_auth_header');
  return {
    ...authorizationFields(auth),
    access_token_url: onAuthHost(auth, typeof token === 'string' ? token : textMember(token, 'url')),
    token_method: method === 'POST' ? undefined : method,
    // What the engine can honour of it: how the client authenticates at the token endpoint.
    token_auth_method:
      typeof useAuthHeader === 'boolean'
        ? useAuthHeader
          ? 'client_secret_basic'
          : 'client_secret_post'
        : undefined,
    signature: textMember(auth, 'signature'),
  };
}

function oauth1Fields(auth: unknown): DefinitionFields {
  const token = member(auth, 'access_token');
  return {
    ...authorizationFields(auth),
    request_token_url: onAuthHost(auth, textMember(auth, 'request_token')),
    access_token_url: onAuthHost(auth, typeof token === 'string' ? token : textMember(token, 'url')),
    signature_method: textMember(auth, 'signature_method')?.toUpperCase(),
  };
}

function onAuthHost(auth: unknown, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const base = URL.parse(textMember(auth, 'authorization_url') ?? '');
  return base && !URL.canParse(given) ? (URL.parse(given, base.origin)?.href ?? given) : given;
}

function metadataFields(document: StoredDocument): DefinitionFields {
  const meta = member(document, 'meta');
  const route = metadataRoute(document);
  const url = textMember(document, 'url');
  return {
    metadata_url: route === undefined || url === undefined ? route : endpointUrl(url, route),
    uniqueness: textMember(meta, 'uniqueness_location'),
    default_name: textMember(meta, 'default_name_location'),
  };
}

/** The route of `meta.endpoint`, which may be that route itself. */
export function metadataRoute(document: StoredDocument): string | undefined {
  const endpoint = member(member(document, 'meta'), 'endpoint');
  return typeof endpoint === 'string' ? endpoint : readRoute(member(endpoint, 'route'));
}

/** A route as documents write it: text, or an object with a path. */
export function readRoute(route: unknown): string | undefined {
  return typeof route === 'string' ? route : textMember(route, 'path');
}

/**
 * Where a route leads: below the path of the API host's URL, unless it is a whole URL itself. Templates are
 * left in place: whoever fills them does it afterwards, so that no value of theirs becomes a host.
 */
export function endpointUrl(apiHostUrl: string, route: string): string {
  const base = URL.parse(apiHostUrl);
  if (isAbsoluteRoute(route) || !base) return route;
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}/${route.replace(/^[/\\]+/, '')}`;
}

/** Whether a route is a whole URL, which `declaredHosts` limits. */
export function isAbsoluteRoute(route: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(route);
}

/** The hosts that a document declares, and whole URLs in its endpoints may be on: its API's and its provider's. */
export function declaredHosts(document: StoredDocument): string[] {
  const fields = deriveFields(document);
  const urls = ['api_host_url', 'full_auth_url', 'request_token_url', 'access_token_url', 'metadata_url'].map(
    (field) => fields[field],
  );
  const hosts = urls.flatMap((url) => (typeof url === 'string' ? (URL.parse(url)?.host ?? []) : []));
  return [...new Set(hosts)];
}

/** Where the users of a map's Connections go in the end, unless the Connection says: `auth.redirect_url`. */
export function defaultRedirectUrl(document: StoredDocument): string | null {
  return textMember(member(document, 'auth'), 'redirect_url') ?? null;
}

// URLs that stand or fall together: where a document moves one, it speaks for all of them.
const groups = [
  ['auth_host_url', 'auth_url', 'full_auth_url', 'request_token_url', 'access_token_url'],
  ['api_host_url', 'metadata_url'],
  ['name'],
  ['token_method'],
  ['token_auth_method'],
  ['signature'],
  ['signature_method'],
  ['uniqueness'],
  ['default_name'],
];

/**
 * The fields a definition has after its document was replaced: those of which the two documents say different
 * things are the new one's, all others, and those that documents have no place for, stay.
 */
export function mergeFields(before: Definition, was: StoredDocument, now: StoredDocument): DefinitionFields {
  const [derivedBefore, derived] = [deriveFields(was), deriveFields(now)];
  const { discovered: _, ...fields } = before as DefinitionFields;
  if (derived.type !== before.type) return compact({ slug: before.slug, logo: before.logo, ...derived });
  for (const group of groups) {
    if (group.every((field) => derived[field] === derivedBefore[field])) continue;
    for (const field of group) fields[field] = derived[field];
  }
  return compact(fields);
}

/**
 * Fields given for a source with a document: its metadata endpoint moves along with the API host that its route
 * is below.
 */
export function followDocument(
  before: { definition: Definition; document: StoredDocument | null },
  given: DefinitionFields,
): DefinitionFields {
  const { definition, document } = before;
  if (!document || given.api_host_url === undefined || given.metadata_url !== undefined) return given;
  const was = deriveFields(document).metadata_url;
  if (was === undefined || was !== (definition as DefinitionFields).metadata_url) return given;
  return { ...given, metadata_url: deriveFields({ ...document, url: given.api_host_url }).metadata_url };
}

function compact(fields: DefinitionFields): DefinitionFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
