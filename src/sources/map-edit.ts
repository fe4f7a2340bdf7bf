import type { AppEnv } from '../context.ts';
import { Failure, type Fault } from '../errors.ts';
import { invalidBody } from '../validation.ts';
import { parseDefinition, type StoredDocument } from './definition.ts';
import { type Edited, editLogo, withDiscovery } from './edit.ts';
import { movedHosts, secretHosts } from './endpoints.ts';
import { environmentFaults } from './environment.ts';
import { defaultRedirectUrl, deriveFields, mergeFields, metadataRoute } from './map-derive.ts';
import { documentFaults } from './map-document.ts';
import { isObject, member } from './map-json.ts';
import { openMapSecrets, sealMapSecrets, takeSecrets } from './map-secrets.ts';
import { documentOf } from './map-write.ts';
import { signingKeyFaults } from './private-key.ts';
import { isOAuth, type Source } from './source.ts';

// A row holds at most 2 MB.
const maxDocumentBytes = 1024 * 1024;

/**
 * Turns a map document, as it came, into its row: checked, its definition derived, its secrets sealed.
 *
 * @param before the row as it is, for a change; null for a new one
 * @throws Failure with every fault, by the document's paths
 */
export async function editMap(
  parts: AppEnv['Variables'],
  sourceId: string,
  document: StoredDocument,
  before: Source | null,
): Promise<Edited> {
  const { config } = parts;
  const faults = documentFaults(document, config);
  const tooDeep = faults.some(({ path }) => path === '');
  if (tooDeep) throw invalidBody(faults);
  const fields = before
    ? mergeFields(before.definition, documentOf(before), document)
    : deriveFields(document);
  const parsed = parseDefinition(fields, config);
  if (!parsed.ok) addFaults(faults, parsed.faults, document);
  if (!parsed.ok || faults.length > 0) throw invalidBody(faults);

  const found: Fault[] = [];
  const definition = await withDiscovery(parts, parsed.definition, before?.definition, found);
  const { secrets, shown, kept } = takeSecrets(document, await openMapSecrets(before, config));
  if (isOAuth(definition)) {
    if (secrets.authSecret !== null && secrets.authKey === null) {
      found.push({ path: 'auth.auth_key', message: 'is required with an auth_secret' });
    }
    if ((secrets.authKey?.length ?? 0) > 1024) {
      found.push({ path: 'auth.auth_key', message: 'must be at most 1,024 characters' });
    }
  }
  if (secrets.authSecret) {
    found.push(...(await signingKeyFaults('auth.auth_secret', definition, secrets.authSecret)));
  }
  found.push(...environmentFaults(definition, secrets.environment));
  // OAuth's client ID is no secret.
  const bound = kept.filter((path) => !(path === 'auth.auth_key' && isOAuth(definition)));
  const hosts = secretHosts({ definition, sandbox: false }, config.publicUrl);
  found.push(...bound.flatMap((path) => movedHosts(path, hosts, before)));
  const logoId = await editLogo(parts, definition, before, found);
  if (found.length > 0) throw invalidBody(addFaults([], found, document));
  if (byteLength(shown) > maxDocumentBytes) {
    throw new Failure('payload_too_large', 'The document is larger than 1 MB.');
  }
  return {
    definition,
    document: shown,
    ...(await sealMapSecrets(sourceId, definition, secrets, config)),
    redirectUrl: defaultRedirectUrl(document),
    secretHosts: bound.length > 0 ? (before?.secretHosts ?? hosts) : hosts,
    logoId,
    credentialsFor: before?.credentialsFor ?? null,
  };
}

// Numbers may be longer written out than they came.
function byteLength(document: StoredDocument): number {
  return new TextEncoder().encode(JSON.stringify(document)).byteLength;
}

/** Adds faults of a definition at the places of a document: one a place, the first. */
function addFaults(faults: Fault[], more: Fault[], document: StoredDocument): Fault[] {
  for (const fault of more) {
    const path = documentPath(fault.path, document);
    if (followsFrom(fault, more, document)) continue;
    if (faults.some((known) => known.path === path || known.path.startsWith(`${path}.`))) continue;
    faults.push({ path, message: fault.message.replace(/^is required \(.*/, 'is required') });
  }
  return faults;
}

/** A path on a host that is itself at fault has no fault of its own. */
function followsFrom(fault: Fault, all: Fault[], document: StoredDocument): boolean {
  const base = fault.path === 'metadata_url' ? 'api_host_url' : 'full_auth_url';
  if (!['metadata_url', 'request_token_url', 'access_token_url'].includes(fault.path)) return false;
  const given = givenUrl(fault.path, document);
  return typeof given === 'string' && !URL.canParse(given) && all.some(({ path }) => path === base);
}

/** What a document itself says where a URL is derived from. */
function givenUrl(field: string, document: StoredDocument): unknown {
  if (field === 'metadata_url') return metadataRoute(document);
  if (field === 'request_token_url') return member(document.auth, 'request_token');
  const token = member(document.auth, 'access_token');
  return typeof token === 'string' ? token : member(token, 'url');
}

const places: Record<string, string> = {
  type: 'auth.type',
  api_host_url: 'url',
  full_auth_url: 'auth.authorization_url',
  auth_url: 'auth.authorization_url',
  auth_host_url: 'auth.authorization_url',
  request_token_url: 'auth.request_token',
  signature: 'auth.signature',
  signature_method: 'auth.signature_method',
  token_auth_method: 'auth.use_auth_header',
  token_method: 'auth.access_token.method',
  uniqueness: 'meta.uniqueness_location',
  default_name: 'meta.default_name_location',
};

function documentPath(field: string, document: StoredDocument): string {
  if (field === 'access_token_url') {
    const nested = isObject(document.auth) && isObject(document.auth.access_token);
    return nested ? 'auth.access_token.url' : 'auth.access_token';
  }
  if (field === 'metadata_url') {
    const endpoint = isObject(document.meta) ? document.meta.endpoint : undefined;
    return isObject(endpoint) ? 'meta.endpoint.route' : 'meta.endpoint';
  }
  return places[field] ?? field;
}
