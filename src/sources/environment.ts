import type { Config } from '../env.ts';
import type { Fault } from '../errors.ts';
import type { Definition, StoredDocument } from './definition.ts';
import { movedHosts } from './endpoints.ts';
import { openEnvironment, sealEnvironment } from './map-secrets.ts';
import { marker } from './map-write.ts';
import {
  environmentNames,
  fillPlaces,
  type PlaceValues,
  pairsOf,
  placesIn,
  placesOf,
} from './placeholders.ts';
import type { EnvironmentField, Source } from './source.ts';

type Environment = Awaited<ReturnType<typeof openEnvironment>>;

/** What a body makes of a source's environment. */
interface EnvironmentEdit {
  sealedEnvironment: string | null;
  /** At least one value came with it. */
  isEntered: boolean;
  /** What is new of the markers in a map's document. */
  shown: StoredDocument;
}

/**
 * Takes a source's `environment` as it came: a value is new, null clears, what is left out stays. A source without a
 * map has a use for those names alone that its definition has places for.
 *
 * @param hosts where the values would be used
 * @param faults takes what is wrong
 */
export async function editEnvironment(
  config: Config,
  source: { id: string; definition: Definition; hosts: string[] },
  given: EnvironmentField,
  before: Source | null,
  faults: Fault[],
): Promise<EnvironmentEdit> {
  const { id, definition, hosts } = source;
  const needed = environmentNames(placesOf(definition));
  const stored = before ? await openEnvironment(before, config) : {};
  const values = new Map(Object.entries(stored));
  const kept = new Set(values.keys());
  for (const [name, value] of Object.entries(given)) {
    if (value === null) values.delete(name);
    else if (typeof value === 'string') values.set(name, value);
    else continue;
    kept.delete(name);
    if (value !== null && !before?.document && !needed.includes(name)) {
      faults.push({
        path: `environment.${name}`,
        message: `has no place: none of the headers and parameters holds {environment.${name}}`,
      });
    }
  }
  for (const name of before?.document ? [] : values.keys()) if (!needed.includes(name)) values.delete(name);
  const environment = Object.fromEntries(values);
  faults.push(...environmentFaults(definition, environment));

  const isShown = (of: Definition | undefined, name: string) =>
    placesIn(pairsOf(of, 'authorization_params')).has(`environment.${name}`);
  for (const name of kept) {
    if (!values.has(name)) continue;
    const path = `environment.${name}`;
    faults.push(...movedHosts(path, hosts, before));
    if (isShown(definition, name) && !isShown(before?.definition, name)) {
      faults.push({ path, message: 'must be entered again: whoever connects could read it from now on' });
    }
  }
  return {
    sealedEnvironment: await sealEnvironment(id, environment, config),
    isEntered: Object.values(given).some((value) => typeof value === 'string'),
    shown: Object.fromEntries(Object.keys(given).map((name) => [name, marker(values.has(name))])),
  };
}

/** What is wrong with an environment for a definition: a place that nothing fills, or not as it has to be. */
export function environmentFaults(definition: Definition, environment: Environment): Fault[] {
  const places = placesOf(definition);
  const values = valuesOf(places, environment);
  const faults = environmentNames(places).flatMap((name) => {
    const value = values[`environment.${name}`];
    const message = !value ? 'is required' : /^[\x20-\x7e]+$/.test(value) ? null : 'must be printable ASCII';
    return message === null ? [] : [{ path: `environment.${name}`, message }];
  });
  for (const field of ['authorization_params', 'token_params']) {
    const { redirect_uri = '' } = fillPlaces(pairsOf(definition, field), { redirect_uri: '', ...values });
    // Codes would go to whoever can edit a source, without its secret.
    if (/[:/\\]/.test(redirect_uri)) {
      faults.push({
        path: `${field}.redirect_uri`,
        message: 'must be the provider’s name for ours, not a URL',
      });
    }
  }
  return faults;
}

/** What places of the environment are filled with. It is opened where there is one. */
export async function openPlaces(
  source: Pick<Source, 'id' | 'sealedEnvironment'>,
  config: Config,
  places: Set<string>,
): Promise<PlaceValues> {
  const isNamed = environmentNames(places).length > 0;
  return isNamed ? valuesOf(places, await openEnvironment(source, config)) : {};
}

/** What of a source's environment is worth hiding wherever it turns up. */
export async function environmentSecrets(source: Source, config: Config): Promise<string[]> {
  const values = Object.values(await openEnvironment(source, config)).map(String);
  return values.filter(({ length }) => length >= 6);
}

function valuesOf(places: Set<string>, environment: Environment): Record<string, string | undefined> {
  const pairs = environmentNames(places).map((name) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return [`environment.${name}`, value === undefined ? undefined : String(value)] as const;
  });
  return Object.fromEntries(pairs);
}
