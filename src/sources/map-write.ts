import type { Definition, StoredDocument } from './definition.ts';
import { deriveFields, endpointUrl, isAbsoluteRoute } from './map-derive.ts';
import { isObject, member, textMember } from './map-json.ts';
import type { Source } from './source.ts';

type Fields = Partial<Record<string, unknown>>;

/** A source's document: as it was given, or written from its fields. Secrets are in neither. */
export function documentOf(source: Pick<Source, 'document' | 'definition'>): StoredDocument {
  return source.document ?? writeDocument({}, null, source.definition);
}

/**
 * Writes into a document what has changed of the fields it has a place for. All else stays as it is.
 *
 * @param before the definition the document goes with; null: every field is written
 */
export function writeDocument(
  document: StoredDocument,
  before: Definition | null,
  now: Definition,
): StoredDocument {
  const written = structuredClone(document);
  const [was, is]: [Fields | null, Fields] = [before, now];
  const changed = (field: string) => was === null || was[field] !== is[field];
  if (changed('name')) written.name = now.name;
  if (changed('api_host_url')) written.url = now.api_host_url;
  const oauth = now.type === 'oauth2' || now.type === 'oauth1';
  if (changed('type') && !(now.type === 'none' && !isObject(written.auth))) {
    place(written, 'auth').type = now.type;
  }
  if (oauth || before?.type === 'oauth2' || before?.type === 'oauth1') {
    writeAuth(place(written, 'auth'), is, changed);
  }
  if (now.type !== 'none' || before !== null) writeMeta(written, is, changed);
  return written;
}

function writeAuth(auth: Fields, fields: Fields, changed: (field: string) => boolean): void {
  if (changed('full_auth_url')) set(auth, 'authorization_url', fields.full_auth_url);
  if (changed('request_token_url')) set(auth, 'request_token', onAuthHost(fields, 'request_token_url'));
  if (changed('access_token_url') || changed('token_method')) writeTokenEndpoint(auth, fields);
  if (changed('signature')) set(auth, 'signature', fields.signature);
  if (changed('signature_method')) set(auth, 'signature_method', fields.signature_method);
  if (changed('token_auth_method') && typeof auth.use_auth_header === 'boolean') {
    const method = fields.token_auth_method;
    const told = method === 'client_secret_basic' || method === 'client_secret_post';
    set(auth, 'use_auth_header', told ? method === 'client_secret_basic' : undefined);
  }
}

function writeTokenEndpoint(auth: Fields, fields: Fields): void {
  const url = onAuthHost(fields, 'access_token_url');
  const method = fields.token_method;
  if (isObject(auth.access_token) && url !== undefined) {
    const endpoint = { ...auth.access_token, url, method };
    if (method === undefined) delete endpoint.method;
    auth.access_token = endpoint;
    return;
  }
  set(auth, 'access_token', url === undefined || method === undefined ? url : { url, method });
}

/** Documents know no auth host of their own: a path on it is written as the whole URL. */
function onAuthHost(fields: Fields, field: string): string | undefined {
  const url = textMember(fields, field);
  return url === undefined ? undefined : (URL.parse(url, textMember(fields, 'auth_host_url'))?.href ?? url);
}

function writeMeta(document: StoredDocument, fields: Fields, changed: (field: string) => boolean): void {
  const write = (key: string, value: unknown) => {
    if (value !== undefined) place(document, 'meta')[key] = value;
    else if (isObject(document.meta)) delete document.meta[key];
  };
  if (changed('uniqueness')) write('uniqueness_location', fields.uniqueness);
  if (changed('default_name')) write('default_name_location', fields.default_name);
  if (!changed('metadata_url') && !changed('api_host_url')) return;
  // Below the new API host, the old route may lead there already.
  if (deriveFields(document).metadata_url === absoluteMetadataUrl(fields)) return;
  const endpoint = member(document.meta, 'endpoint');
  const route = metadataRouteOf(fields);
  if (route === undefined || typeof endpoint === 'string' || !isObject(endpoint)) {
    write('endpoint', route === undefined ? undefined : isObject(endpoint) ? endpoint : { route });
    return;
  }
  endpoint.route = isObject(endpoint.route) ? { ...endpoint.route, path: route } : route;
}

/** The route below the API host's URL where there is one, else the whole URL. */
function metadataRouteOf(fields: Fields): string | undefined {
  const api = textMember(fields, 'api_host_url') ?? '';
  const url = absoluteMetadataUrl(fields);
  const below = endpointUrl(api, '');
  return URL.canParse(api) && url?.startsWith(below) ? `/${url.slice(below.length)}` : url;
}

/** Templates are left as they are. */
function absoluteMetadataUrl(fields: Fields): string | undefined {
  const given = textMember(fields, 'metadata_url');
  if (given === undefined || isAbsoluteRoute(given)) return given;
  return URL.parse(given, URL.parse(textMember(fields, 'api_host_url') ?? '')?.href)?.href ?? given;
}

/** The object at a key, made where there is none. */
function place(object: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = object[key];
  if (isObject(found)) return found;
  const made: Record<string, unknown> = {};
  object[key] = made;
  return made;
}

function set(object: Fields, key: string, value: unknown): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}

/** What a document shows in the place of a secret. */
export function marker(isSet: boolean): { set: true } | null {
  return isSet ? { set: true } : null;
}

/** Shows in a document which of a source's credentials are set. */
export function markCredentials(
  document: StoredDocument,
  source: Pick<Source, 'clientId' | 'sealedClientSecret'>,
): StoredDocument {
  const auth = isObject(document.auth) ? document.auth : {};
  const credentials = {
    auth_key: marker(source.clientId !== null),
    auth_secret: marker(source.sealedClientSecret !== null),
  };
  const shown = Object.entries(credentials).filter(([key, value]) => value !== null || key in auth);
  return shown.length === 0 ? document : { ...document, auth: { ...auth, ...Object.fromEntries(shown) } };
}
