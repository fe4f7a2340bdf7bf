import { platformId } from '../access/api-key.ts';
import type { AppEnv } from '../context.ts';
import { seal } from '../crypto/seal.ts';
import type { Fault } from '../errors.ts';
import { fetchLogo } from '../logos/logos.ts';
import { invalidBody, issueFaults } from '../validation.ts';
import { type Definition, parseDefinition, type StoredDocument } from './definition.ts';
import { discover } from './discover.ts';
import { movedHosts, secretHosts } from './endpoints.ts';
import { editEnvironment } from './environment.ts';
import { followDocument } from './map-derive.ts';
import { endpointFaults } from './map-endpoint-check.ts';
import { markCredentials, writeDocument } from './map-write.ts';
import { signingKeyFaults } from './private-key.ts';
import { type CredentialFields, credentialFields, isOAuth, type Source, secretPlace } from './source.ts';

/** What of a source's row a body decides. */
export type Edited = Pick<
  Source,
  | 'definition'
  | 'document'
  | 'clientId'
  | 'sealedClientSecret'
  | 'sealedEnvironment'
  | 'redirectUrl'
  | 'secretHosts'
  | 'logoId'
  | 'credentialsFor'
>;

/**
 * Turns the fields of a data source, as they came, into its row: checked, discovered, sealed.
 *
 * @param before the row as it is, for a change; null for a new one
 * @throws Failure with every fault
 */
export async function editSource(
  parts: AppEnv['Variables'],
  owner: { sourceId: string; developerId: string },
  body: Record<string, unknown>,
  before: Source | null,
): Promise<Edited> {
  const { client_id, client_secret, credentials_for, environment, ...given } = body;
  const faults: Fault[] = [];
  const credentials = credentialFields.safeParse({ client_id, client_secret, credentials_for, environment });
  if (!credentials.success) faults.push(...issueFaults(credentials.error.issues));
  if (credentials_for !== undefined && owner.developerId !== platformId) {
    faults.push({ path: 'credentials_for', message: 'is for the platform’s own sources' });
  }
  const parsed = parseDefinition(merge(before, given), parts.config);
  if (!parsed.ok) faults.push(...parsed.faults);
  if (!parsed.ok || !credentials.success) throw invalidBody(faults);

  const definition = await withDiscovery(parts, parsed.definition, before?.definition, faults);
  if (!isOAuth(definition)) refuseCredentials(credentials.data, faults);
  if (faults.length > 0) throw invalidBody(faults);
  const hosts = secretHosts({ definition, sandbox: false }, parts.config.publicUrl);
  const { sealedEnvironment, isEntered, shown } = await editEnvironment(
    parts.config,
    { id: owner.sourceId, definition, hosts },
    credentials.data.environment ?? {},
    before,
    faults,
  );
  const secret = await editSecret(
    parts,
    { id: owner.sourceId, definition, hosts },
    credentials.data,
    before,
    faults,
  );
  const document = editDocument({ definition, ...secret }, shown, before);
  if (document) faults.push(...endpointFaults(document, parts.config));
  const logoId = await editLogo(parts, definition, before, faults);
  if (faults.length > 0) throw invalidBody(faults);
  const lent = credentials.data.credentials_for;
  return {
    definition,
    document,
    ...secret,
    // What was entered now is for no more hosts than these.
    ...(isEntered ? { secretHosts: hosts } : {}),
    sealedEnvironment,
    redirectUrl: before?.redirectUrl ?? null,
    logoId,
    credentialsFor: lent === undefined ? (before?.credentialsFor ?? null) : lent === 'everyone' ? null : lent,
  };
}

/** The fields a change leaves alone stay, but for those that another type doesn't have. */
function merge(before: Source | null, given: Record<string, unknown>): Record<string, unknown> {
  if (!before) return given;
  const { discovered: _, ...kept } = before.definition as Definition & { discovered?: unknown };
  if (given.type === undefined || given.type === kept.type)
    return { ...kept, ...followDocument(before, given) };
  const { name, slug, api_host_url, logo } = kept;
  return { name, slug, api_host_url, logo, ...given };
}

/** A map's document follows its fields, where it has a place for them. */
function editDocument(
  edited: Pick<Source, 'definition' | 'clientId' | 'sealedClientSecret'>,
  environment: StoredDocument,
  before: Source | null,
): StoredDocument | null {
  if (!before?.document) return null;
  const written = writeDocument(before.document, before.definition, edited.definition);
  if (Object.keys(environment).length > 0) {
    written.environment = { ...(written.environment as StoredDocument | undefined), ...environment };
  }
  const dropped = isOAuth(before.definition) !== isOAuth(edited.definition);
  return isOAuth(edited.definition) || dropped ? markCredentials(written, edited) : written;
}

/** Discovers the endpoints of an issuer, where that has changed; adds the fault where it can't be done. */
export async function withDiscovery(
  parts: AppEnv['Variables'],
  definition: Definition,
  before: Definition | undefined,
  faults: Fault[],
): Promise<Definition> {
  if (definition.type !== 'oauth2' || !definition.issuer) return definition;
  if (before?.type === 'oauth2' && before.discovered && before.issuer === definition.issuer) {
    return { ...definition, discovered: before.discovered };
  }
  const found = await discover(parts, definition.issuer, definition.token_auth_method);
  if (found.ok) return { ...definition, discovered: found.discovered };
  faults.push(found.fault);
  return definition;
}

function refuseCredentials(fields: CredentialFields, faults: Fault[]): void {
  for (const path of ['client_id', 'client_secret'] as const) {
    if (fields[path]) faults.push({ path, message: 'is only for sources of type oauth2 and oauth1' });
  }
}

async function editSecret(
  { config }: AppEnv['Variables'],
  { id, definition, hosts }: { id: string; definition: Definition; hosts: string[] },
  fields: CredentialFields,
  before: Source | null,
  faults: Fault[],
): Promise<Pick<Source, 'clientId' | 'sealedClientSecret' | 'secretHosts'>> {
  const isSame = before !== null && isOAuth(before.definition) === isOAuth(definition);
  const stored = isSame ? before.sealedClientSecret : null;
  if (!isOAuth(definition)) {
    if (stored) faults.push(...movedHosts('auth.auth_secret', hosts, before));
    return { clientId: null, sealedClientSecret: stored, secretHosts: before?.secretHosts ?? null };
  }
  const clientId = fields.client_id === undefined ? (before?.clientId ?? null) : fields.client_id;
  if (typeof fields.client_secret === 'string') {
    if (clientId === null) faults.push({ path: 'client_id', message: 'is required with a client_secret' });
    faults.push(...(await signingKeyFaults('client_secret', definition, fields.client_secret)));
    const sealedClientSecret = await seal(config.encryptionKeys, fields.client_secret, secretPlace(id));
    return { clientId, sealedClientSecret, secretHosts: hosts };
  }
  const kept = fields.client_secret === null || clientId === null ? null : stored;
  if (kept === null) return { clientId, sealedClientSecret: null, secretHosts: hosts };
  faults.push(...movedHosts('client_secret', hosts, before));
  return { clientId, sealedClientSecret: kept, secretHosts: before?.secretHosts ?? null };
}

/** A source from the catalogue without a logo of its own has its provider's icon. */
function iconOf(before: Source | null): string | null {
  return before?.logoId?.startsWith('catalogue/') ? before.logoId : null;
}

/** Fetches a logo whose URL has changed; adds the fault where it can't be done. */
export async function editLogo(
  parts: AppEnv['Variables'],
  definition: Definition,
  before: Source | null,
  faults: Fault[],
): Promise<string | null> {
  if (!definition.logo) return iconOf(before);
  if (before?.logoId && before.definition.logo === definition.logo) return before.logoId;
  const logo = await fetchLogo(parts, definition.logo);
  if (logo.ok) return logo.logoId;
  faults.push(logo.fault);
  return null;
}
