import { open, seal } from '../crypto/seal.ts';
import type { Config } from '../env.ts';
import type { Definition, StoredDocument } from './definition.ts';
import { isObject, member } from './map-json.ts';
import { marker } from './map-write.ts';
import { isOAuth, type Source, secretPlace } from './source.ts';

type Scalar = string | number | boolean;

/** The secrets a map holds. */
export interface MapSecrets {
  authKey: string | null;
  authSecret: string | null;
  environment: Record<string, Scalar>;
}

/** What a new document does to them. */
interface SecretsEdit {
  secrets: MapSecrets;
  /** The document as it is stored and shown: `{"set": true}` or null in the place of every secret. */
  shown: StoredDocument;
  /** The paths of those that weren't entered with it. */
  kept: string[];
}

type SecretColumns = Pick<Source, 'clientId' | 'sealedClientSecret' | 'sealedEnvironment'>;

const none: MapSecrets = { authKey: null, authSecret: null, environment: {} };

/** Where a source's environment is sealed to. */
function environmentPlace(sourceId: string): string {
  return `source/${sourceId}/environment`;
}

/** Opens a map's secrets. Outside of OAuth, where there is no client, `auth_key` and `auth_secret` are sealed as one. */
export async function openMapSecrets(source: Source | null, config: Config): Promise<MapSecrets> {
  if (!source) return none;
  const { id, definition, clientId, sealedClientSecret } = source;
  const opened = sealedClientSecret
    ? await open(config.encryptionKeys, sealedClientSecret, secretPlace(id))
    : null;
  const credentials = isOAuth(definition)
    ? { authKey: clientId, authSecret: opened }
    : opened === null
      ? { authKey: null, authSecret: null }
      : (JSON.parse(opened) as Pick<MapSecrets, 'authKey' | 'authSecret'>);
  return { ...credentials, environment: await openEnvironment(source, config) };
}

/** The values of a source's `environment`, for the calls whose templates and places name them. */
export async function openEnvironment(
  { id, sealedEnvironment }: Pick<Source, 'id' | 'sealedEnvironment'>,
  config: Config,
): Promise<Record<string, Scalar>> {
  if (!sealedEnvironment) return {};
  return JSON.parse(
    await open(config.encryptionKeys, sealedEnvironment, environmentPlace(id)),
  ) as MapSecrets['environment'];
}

/** Seals an environment for its row; null where nothing is in it. */
export async function sealEnvironment(
  sourceId: string,
  environment: Record<string, Scalar>,
  { encryptionKeys }: Config,
): Promise<string | null> {
  const isEmpty = Object.keys(environment).length === 0;
  return isEmpty ? null : seal(encryptionKeys, JSON.stringify(environment), environmentPlace(sourceId));
}

/** Seals a map's secrets for its row. */
export async function sealMapSecrets(
  sourceId: string,
  definition: Definition,
  { authKey, authSecret, environment }: MapSecrets,
  config: Config,
): Promise<SecretColumns> {
  const { encryptionKeys } = config;
  const oauth = isOAuth(definition);
  const credentials =
    authKey === null && authSecret === null ? null : JSON.stringify({ authKey, authSecret });
  const secret = oauth ? authSecret : credentials;
  return {
    clientId: oauth ? authKey : null,
    sealedClientSecret: secret === null ? null : await seal(encryptionKeys, secret, secretPlace(sourceId)),
    sealedEnvironment: await sealEnvironment(sourceId, environment, config),
  };
}

/**
 * Takes the secrets out of a document: a value is new, null clears, `{"set": true}` and nothing at all keep
 * what is there. Only a key left out of an `environment` that is given goes; and without an `auth` block there
 * is no place for what was in one.
 *
 * @param document that `documentFaults` has nothing to say of
 */
export function takeSecrets(document: StoredDocument, before: MapSecrets): SecretsEdit {
  const shown = { ...document };
  const kept: string[] = [];
  const auth = member(document, 'auth');
  const secrets: MapSecrets = { ...none };
  if (isObject(auth) && Object.keys(auth).length > 0) {
    const given = { authKey: auth.auth_key, authSecret: auth.auth_secret };
    secrets.authKey = takeOne(given.authKey, before.authKey, () => kept.push('auth.auth_key'));
    secrets.authSecret = takeOne(given.authSecret, before.authSecret, () => kept.push('auth.auth_secret'));
    shown.auth = {
      ...auth,
      ...shownAs('auth_key', given.authKey, secrets.authKey),
      ...shownAs('auth_secret', given.authSecret, secrets.authSecret),
    };
  }
  const names =
    document.environment === undefined
      ? Object.entries(before.environment).map(([name]) => [name, undefined] as const)
      : Object.entries(member(document, 'environment') ?? {});
  const taken = names.map(([name, value]) => {
    const old = Object.hasOwn(before.environment, name) ? (before.environment[name] ?? null) : null;
    return [name, takeOne(value, old, () => kept.push(`environment.${name}`))] as const;
  });
  secrets.environment = Object.fromEntries(
    taken.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  if (taken.length > 0) {
    shown.environment = Object.fromEntries(taken.map(([name, value]) => [name, marker(value !== null)]));
  }
  return { secrets, shown, kept };
}

function takeOne<T extends Scalar>(given: unknown, old: T | null, keep: () => void): T | null {
  if (given === null) return null;
  if (given !== undefined && !isObject(given)) return given as T;
  if (old !== null) keep();
  return old;
}

function shownAs(key: string, given: unknown, value: string | null): StoredDocument {
  return given === undefined && value === null ? {} : { [key]: marker(value !== null) };
}
