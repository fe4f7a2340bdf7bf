import type { StoredDocument } from './definition.ts';
import { readRoute } from './map-derive.ts';
import { isObject, member } from './map-json.ts';

export const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** A parameter or header that an endpoint sends. `value` may hold templates. */
interface EndpointValue {
  name: string;
  value: unknown;
  /** The call must be refused where the value comes out empty. */
  required: boolean;
}

/** An endpoint of a map, as one verb calls it; what the whole document sends is merged in. */
export interface MapEndpoint {
  /** How the provider is called. */
  method: string;
  /** A path below the API host's URL, or a whole URL; with templates. See `endpointUrl`. */
  route: string;
  parameters: EndpointValue[];
  headers: EndpointValue[];
  /** With templates; undefined where the map says nothing of one. */
  body: unknown;
  scopes: string[];
}

export type EndpointLookup =
  | { ok: true; endpoint: MapEndpoint }
  | { ok: false; reason: 'unknown_endpoint' }
  /** `allowed`: the verbs it answers. */
  | { ok: false; reason: 'unknown_verb'; allowed: string[] }
  /** It is only there for calls with an identifier, or only for those without. */
  | { ok: false; reason: 'no_route' };

type Specification = Record<string, unknown>;

/**
 * Finds what a call of an endpoint by name sends.
 *
 * An endpoint given by verb answers those verbs, and HEAD as GET. A bare one answers GET, and the method it
 * names itself.
 *
 * @param document as `POST /maps` accepts it
 * @param verb of the call to us; the endpoint's own `method` decides how the provider is called
 * @param identified whether the call names an identifier: `single` and `collection` may differ
 */
export function findEndpoint(
  document: StoredDocument,
  name: string,
  verb: string,
  identified = false,
): EndpointLookup {
  const given = member(document.endpoints, name);
  if (given === undefined) return { ok: false, reason: 'unknown_endpoint' };
  const { bare, byVerb } = splitEndpoint(given);
  const allowed = byVerb.size > 0 ? [...byVerb.keys()] : [...new Set(['GET', methodOf(bare) ?? 'GET'])];
  const wanted = verb.toUpperCase();
  const matched = allowed.includes(wanted) ? wanted : wanted === 'HEAD' ? 'GET' : '';
  if (!allowed.includes(matched)) return { ok: false, reason: 'unknown_verb', allowed };
  const endpoint = assemble(document, [bare, byVerb.get(matched) ?? {}], wanted, identified);
  return endpoint ? { ok: true, endpoint } : { ok: false, reason: 'no_route' };
}

/** The endpoint that tells who has connected (`meta.endpoint`), or null where the map names none. */
export function metadataEndpoint(document: StoredDocument): MapEndpoint | null {
  const given = member(document.meta, 'endpoint');
  return given === undefined ? null : assemble(document, [asSpecification(given)], 'GET', false);
}

/**
 * The scopes that calls of some endpoints need, whichever their verb: what a Connection for them has to ask for.
 *
 * @returns each scope once, or the names that aren't endpoints of this map
 */
export function endpointScopes(
  document: StoredDocument,
  names: string[],
): { ok: true; scopes: string[] } | { ok: false; unknown: string[] } {
  const unknown = names.filter((name) => member(document.endpoints, name) === undefined);
  if (unknown.length > 0) return { ok: false, unknown };
  const scopes = names.flatMap((name) => {
    const { bare, byVerb } = splitEndpoint(member(document.endpoints, name));
    return [bare, ...byVerb.values()].flatMap(scopesOf);
  });
  return { ok: true, scopes: [...new Set(scopes)] };
}

/** An endpoint's specifications: what holds for every verb, and those of its verbs. */
function splitEndpoint(given: unknown): { bare: Specification; byVerb: Map<string, Specification> } {
  const bare: Specification = {};
  const byVerb = new Map<string, Specification>();
  for (const [key, value] of Object.entries(asSpecification(given))) {
    if (!isVerb(key)) bare[key] = value;
    else if (value !== null) byVerb.set(key.toUpperCase(), asSpecification(value));
  }
  return { bare, byVerb };
}

/** Whether a key of an endpoint is a verb. */
export function isVerb(key: string): boolean {
  return verbs.includes(key.toUpperCase());
}

/** Whether a parameter or header is written as an object around its value: `{description, value, required}`. */
export function isDescribed(value: unknown): value is Record<string, unknown> {
  return isObject(value) && ['value', 'description', 'supplied'].some((key) => Object.hasOwn(value, key));
}

/** As `isDescribed`, inside a body: there, an object with further keys is an object to be sent. */
export function isDescribedInBody(value: unknown): value is Record<string, unknown> {
  const known = ['value', 'description', 'supplied', 'required'];
  return isDescribed(value) && Object.keys(value).every((key) => known.includes(key));
}

/** A route alone stands for an endpoint. */
function asSpecification(given: unknown): Specification {
  return typeof given === 'string' ? { route: given } : isObject(given) ? given : {};
}

/** Later layers win, value by value where they hold several. */
function assemble(
  document: StoredDocument,
  own: Specification[],
  verb: string,
  identified: boolean,
): MapEndpoint | null {
  const form = identified ? 'single' : 'collection';
  const layers = own.flatMap((layer) => [layer, asSpecification(member(layer, form))]);
  const all = [document, ...layers];
  const last = (key: string) => layers.map((layer) => member(layer, key)).findLast((it) => it !== undefined);
  const route = readRoute(last('route'));
  if (route === undefined) return null;
  const scopes = layers.map(scopesOf).findLast((it) => it.length > 0) ?? [];
  return {
    method: methodOf({ method: last('method') }) ?? verb,
    route,
    parameters: mergeValues(all, 'parameters', (name) => `{{ parameters.${name} }}`),
    headers: mergeValues(all, 'headers', (name) => `{{ headers['${name}'] }}`),
    body: mergeBodies(all.map((layer) => member(layer, 'body'))),
    scopes,
  };
}

/** A value that is only described is the caller's to supply. Names of headers know no case. */
function mergeValues(
  layers: Specification[],
  key: 'parameters' | 'headers',
  supplied: (name: string) => string,
): EndpointValue[] {
  const merged = new Map<string, EndpointValue>();
  for (const [name, value] of layers.flatMap((layer) => Object.entries(member(layer, key) ?? {}))) {
    const slot = key === 'headers' ? name.toLowerCase() : name;
    if (value === null) merged.delete(slot);
    else if (!isDescribed(value)) merged.set(slot, { name, value, required: false });
    else merged.set(slot, { name, value: value.value ?? supplied(name), required: value.required === true });
  }
  return [...merged.values()];
}

function mergeBodies(bodies: unknown[]): unknown {
  const given = bodies.filter((body) => body !== undefined);
  const last = given.at(-1);
  if (!isObject(last)) return last;
  const entries = given.flatMap((body) => (isObject(body) ? Object.entries(body) : []));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      isDescribedInBody(value) ? (value.value ?? `{{ parameters.${name} }}`) : value,
    ]),
  );
}

function methodOf(specification: Specification): string | undefined {
  const { method } = specification;
  return typeof method === 'string' ? method.toUpperCase() : undefined;
}

function scopesOf(specification: Specification): string[] {
  const scopes = member(specification, 'scopes');
  if (typeof scopes === 'string') return scopes.split(/\s+/).filter((scope) => scope !== '');
  return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [];
}
