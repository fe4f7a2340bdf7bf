import { platformId } from '../access/api-key.ts';
import type { AppEnv } from '../context.ts';
import { seal } from '../crypto/seal.ts';
import type { Fault } from '../errors.ts';
import { fetchLogo } from '../logos/logos.ts';
import { invalidBody, issueFaults } from '../validation.ts';
import { type Definition, parseDefinition } from './definition.ts';
import { discover } from './discover.ts';
import { secretHosts } from './endpoints.ts';
import { type CredentialFields, credentialFields, isOAuth, type Source, secretPlace } from './source.ts';

/** What of a source's row a body decides. */
type Edited = Pick<
  Source,
  'definition' | 'clientId' | 'sealedClientSecret' | 'secretHosts' | 'logoId' | 'credentialsFor'
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
  const { client_id, client_secret, credentials_for, ...given } = body;
  const faults: Fault[] = [];
  const credentials = credentialFields.safeParse({ client_id, client_secret, credentials_for });
  if (!credentials.success) faults.push(...issueFaults(credentials.error.issues));
  if (credentials_for !== undefined && owner.developerId !== platformId) {
    faults.push({ path: 'credentials_for', message: 'is for the platform’s own sources' });
  }
  const parsed = parseDefinition(merge(before?.definition, given), parts.config);
  if (!parsed.ok) faults.push(...parsed.faults);
  if (!parsed.ok || !credentials.success) throw invalidBody(faults);

  const definition = await withDiscovery(parts, parsed.definition, before?.definition, faults);
  if (!isOAuth(definition)) refuseCredentials(credentials.data, faults);
  if (faults.length > 0) throw invalidBody(faults);
  const secret = await editSecret(parts, owner.sourceId, definition, credentials.data, before, faults);
  const logoId = await editLogo(parts, definition, before, faults);
  if (faults.length > 0) throw invalidBody(faults);
  const lent = credentials.data.credentials_for;
  return {
    definition,
    ...secret,
    logoId,
    credentialsFor: lent === undefined ? (before?.credentialsFor ?? null) : lent === 'everyone' ? null : lent,
  };
}

/** The fields a change leaves alone stay, but for those that another type doesn't have. */
function merge(before: Definition | undefined, given: Record<string, unknown>): Record<string, unknown> {
  if (!before) return given;
  const { discovered: _, ...kept } = before as Definition & { discovered?: unknown };
  if (given.type === undefined || given.type === before.type) return { ...kept, ...given };
  const { name, slug, api_host_url, logo } = kept;
  return { name, slug, api_host_url, logo, ...given };
}

async function withDiscovery(
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
  sourceId: string,
  definition: Definition,
  fields: CredentialFields,
  before: Source | null,
  faults: Fault[],
): Promise<Pick<Source, 'clientId' | 'sealedClientSecret' | 'secretHosts'>> {
  if (!isOAuth(definition)) return { clientId: null, sealedClientSecret: null, secretHosts: null };
  const clientId = fields.client_id === undefined ? (before?.clientId ?? null) : fields.client_id;
  const hosts = secretHosts({ definition, sandbox: false }, config.publicUrl);
  if (typeof fields.client_secret === 'string') {
    if (clientId === null) faults.push({ path: 'client_id', message: 'is required with a client_secret' });
    const sealedClientSecret = await seal(config.encryptionKeys, fields.client_secret, secretPlace(sourceId));
    return { clientId, sealedClientSecret, secretHosts: hosts };
  }
  const kept =
    fields.client_secret === null || clientId === null ? null : (before?.sealedClientSecret ?? null);
  if (kept === null) return { clientId, sealedClientSecret: null, secretHosts: hosts };
  const entered = before?.secretHosts ?? [];
  const moved = hosts.filter((host) => !entered.includes(host));
  if (moved.length > 0) {
    faults.push({
      path: 'client_secret',
      message: `must be entered again: it was entered for ${entered.join(', ')}, and would now be used with ${moved.join(', ')}`,
    });
  }
  return { clientId, sealedClientSecret: kept, secretHosts: entered };
}

async function editLogo(
  parts: AppEnv['Variables'],
  definition: Definition,
  before: Source | null,
  faults: Fault[],
): Promise<string | null> {
  if (!definition.logo) return null;
  if (before?.logoId && before.definition.logo === definition.logo) return before.logoId;
  const logo = await fetchLogo(parts, definition.logo);
  if (logo.ok) return logo.logoId;
  faults.push(logo.fault);
  return null;
}
