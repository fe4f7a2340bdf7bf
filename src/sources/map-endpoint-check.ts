import type { Fault } from '../errors.ts';
import { refuseUrl, type UrlPolicy } from '../outbound/allowed-url.ts';
import type { StoredDocument } from './definition.ts';
import { declaredHosts, isAbsoluteRoute } from './map-derive.ts';
import { isDescribed, isDescribedInBody, isVerb, verbs } from './map-endpoint.ts';
import { isObject, member } from './map-json.ts';
import { parseTemplate } from './map-template.ts';

type Check = (value: unknown, path: string) => Fault[];

/**
 * What is wrong with a document's endpoints and with what it sends on all of them: each fault with its path.
 *
 * @param policy which URLs it may name
 */
export function endpointFaults(document: StoredDocument, policy: UrlPolicy): Fault[] {
  const hosts = declaredHosts(document);
  const check: Check = (endpoint, path) => specificationFaults(endpoint, path, hosts, policy);
  const endpoints = isObject(document.endpoints) ? Object.entries(document.endpoints) : [];
  return [
    ...valuesFaults(document, ''),
    ...check(member(document.meta, 'endpoint') ?? {}, 'meta.endpoint'),
    ...endpoints.flatMap(([name, endpoint]) => namedEndpointFaults(endpoint, `endpoints.${name}`, check)),
  ];
}

/** Bare, by verb, or both: what is bare then holds for every verb. */
function namedEndpointFaults(endpoint: unknown, path: string, check: Check): Fault[] {
  if (typeof endpoint === 'string') return check(endpoint, path);
  if (!isObject(endpoint)) return [{ path, message: 'must be a route or an object' }];
  const keys = Object.keys(endpoint).filter((key) => isVerb(key) && endpoint[key] !== null);
  const bare = Object.fromEntries(Object.entries(endpoint).filter(([key]) => !isVerb(key)));
  const faults = check(bare, path);
  if (keys.length === 0) return [...faults, ...routeMissing(bare, path)];
  for (const key of keys) {
    const own = endpoint[key];
    faults.push(...check(own, `${path}.${key}`));
    if (isObject(own)) faults.push(...routeMissing({ ...bare, ...own }, `${path}.${key}`));
  }
  return faults;
}

/** Documents may also give an endpoint one route for single objects and one for collections. */
function routeMissing(specification: Record<string, unknown>, path: string): Fault[] {
  const given = ['route', 'routes', 'single', 'collection'].some((key) => isRouteLike(specification[key]));
  return given ? [] : [{ path: `${path}.route`, message: 'is required' }];
}

function isRouteLike(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}

function specificationFaults(
  specification: unknown,
  path: string,
  hosts: string[],
  policy: UrlPolicy,
): Fault[] {
  if (typeof specification === 'string') return routeFaults(specification, path, hosts, policy);
  if (!isObject(specification)) return [{ path, message: 'must be a route or an object' }];
  const { method, scopes } = specification;
  const faults = [
    ...givenRouteFaults(specification.route, `${path}.route`, hosts, policy),
    ...valuesFaults(specification, path),
  ];
  if (isGiven(method) && !(typeof method === 'string' && isVerb(method))) {
    faults.push({ path: `${path}.method`, message: `must be one of ${verbs.join(', ')}` });
  }
  const areScopes = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string');
  if (isGiven(scopes) && typeof scopes !== 'string' && !areScopes) {
    faults.push({ path: `${path}.scopes`, message: 'must be a list of scopes' });
  }
  for (const form of ['single', 'collection']) {
    const nested = specification[form];
    if (isObject(nested) || typeof nested === 'string') {
      faults.push(...specificationFaults(nested, `${path}.${form}`, hosts, policy));
    }
  }
  return faults;
}

function givenRouteFaults(route: unknown, path: string, hosts: string[], policy: UrlPolicy): Fault[] {
  if (!isGiven(route)) return [];
  if (typeof route === 'string') return routeFaults(route, path, hosts, policy);
  if (!isObject(route)) return [{ path, message: 'must be a path, or an object with a path' }];
  if (typeof route.path === 'string') return routeFaults(route.path, `${path}.path`, hosts, policy);
  const message = isGiven(route.path) ? 'must be text' : 'is required';
  return [{ path: `${path}.path`, message }];
}

/** A token goes to the hosts a document declares, and to no other: not by a template either. */
function routeFaults(route: string, path: string, hosts: string[], policy: UrlPolicy): Fault[] {
  const template = parseTemplate(route);
  if (!template.ok) return [{ path, message: template.message }];
  if (!isAbsoluteRoute(route)) return [];
  const authority = /^[^:]+:\/\/([^/?#\\]*)/.exec(route)?.[1] ?? '';
  if (authority.includes('{{')) return [{ path, message: 'must not have a template in its host' }];
  const filled = template.parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  const url = URL.parse(filled);
  if (!url) return [{ path, message: 'must be a path or a URL' }];
  const reason = refuseUrl(url, policy);
  if (reason) return [{ path, message: reason }];
  if (hosts.includes(url.host)) return [];
  return [{ path, message: `must be on a host that this map declares: ${hosts.join(', ') || 'none'}` }];
}

/** `parameters`, `headers` and `body` of a document or an endpoint. */
function valuesFaults(owner: Record<string, unknown>, path: string): Fault[] {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const faults = bodyFaults(owner.body, at('body'));
  for (const key of ['parameters', 'headers']) {
    const values = owner[key];
    if (!isGiven(values)) continue;
    if (!isObject(values)) {
      // Of a document itself, the schema says so.
      if (path) faults.push({ path: at(key), message: 'must be an object' });
      continue;
    }
    for (const [name, value] of Object.entries(values)) {
      const own = `${at(key)}.${name}`;
      faults.push(
        ...(isDescribed(value) ? templateFaults(value.value, `${own}.value`) : templateFaults(value, own)),
      );
      if (key === 'headers') faults.push(...headerFaults(name, value, own));
    }
  }
  return faults;
}

function bodyFaults(body: unknown, path: string): Fault[] {
  if (!isObject(body)) return templateFaults(body, path);
  return Object.entries(body).flatMap(([name, value]) =>
    isDescribedInBody(value)
      ? templateFaults(value.value, `${path}.${name}.value`)
      : templateFaults(value, `${path}.${name}`),
  );
}

/** Every text within a value. */
function templateFaults(value: unknown, path: string): Fault[] {
  if (typeof value === 'string') {
    const template = parseTemplate(value);
    return template.ok ? [] : [{ path, message: template.message }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => templateFaults(inner, `${path}.${key}`));
}

/** RFC 9110 §5.1 and §5.5: what a header can be called, and hold. */
function headerFaults(name: string, value: unknown, path: string): Fault[] {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return [{ path, message: 'is no name for a header' }];
  const text = isDescribed(value) ? value.value : value;
  if (typeof text === 'string' && !/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
    return [{ path, message: 'holds characters that a header can’t' }];
  }
  if (typeof text === 'object' && text !== null) return [{ path, message: 'must be text' }];
  return [];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
