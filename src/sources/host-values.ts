import * as z from 'zod/mini';
import { invalidBody } from '../validation.ts';
import type { Definition, OAuth2Definition } from './definition.ts';
import type { Offer } from './offer.ts';

// Some providers give every customer a host: `https://{shop}.example.com`. The one place in braces is filled with
// exactly one DNS label, by whoever defines the source or by each user.

const place = /^(https?:\/\/)\{([a-z_]+)\}(?=\.)/;
/** Letters, digits and inner hyphens, at most 63 (RFC 1035 §2.3.1). */
const label = /^(?!.*--)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The name under which a Connection keeps the API host that its grant came with. */
const apiHost = 'api_host_url';
/** The same for the origin that its tokens come from. */
const tokenHost = 'token_host';

const urlFields = [
  'api_host_url',
  'auth_host_url',
  'auth_url',
  'full_auth_url',
  'request_token_url',
  'access_token_url',
  'token_exchange_url',
  'refresh_url',
  'revocation_url',
  'metadata_url',
  'issuer',
] as const;

/** The names of the values that a definition's hosts ask for. */
export function hostValueNames(definition: Definition): string[] {
  const names = urls(definition).flatMap(([, url]) => place.exec(url)?.[2] ?? []);
  return [...new Set(names)];
}

/** What is wrong with a value for a host, or null. */
export function hostValueFault(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return 'is required';
  return label.test(value) ? null : 'must be one part of a host name: letters, digits and single hyphens';
}

/** What a user, or whoever sends one, gives for a source's hosts. */
export const hostValuesField = z.optional(
  z.record(z.string().check(z.maxLength(64)), z.string().check(z.maxLength(63))),
);

/**
 * An offer at the hosts that somebody gives values for.
 *
 * @param known of the Connection it renews: given once, they stay
 * @throws Failure with a fault for each value that is missing or malformed, at `values.<name>`
 */
export function settleHosts<O extends Offer>(
  offer: O,
  given: Record<string, string> = {},
  known: Record<string, string> | null = null,
): { offer: O; hostValues: Record<string, string> | null } {
  const names = hostValueNames(offer.source.definition);
  if (names.length === 0 && known === null) return { offer, hostValues: null };
  const pairs = names.map((name) => [name, known?.[name] ?? given[name]?.trim().toLowerCase()] as const);
  const faults = pairs.flatMap(([name, value]) => {
    const message = hostValueFault(value);
    return message === null ? [] : [{ path: `values.${name}`, message }];
  });
  if (faults.length > 0) throw invalidBody(faults);
  const hostValues = { ...known, ...Object.fromEntries(pairs) } as Record<string, string>;
  return { offer: offerAt(offer, hostValues), hostValues };
}

/**
 * Puts values into a definition's hosts. What nobody gave a value for stays.
 *
 * @param values by name; one that isn't as `allowed`, a DNS label, is left out
 */
export function fillHosts<D extends Definition>(
  definition: D,
  values: Record<string, string>,
  allowed: RegExp = label,
): D {
  const filled = urls(definition).flatMap(([field, url]) => {
    const name = place.exec(url)?.[2] ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || !allowed.test(value)) return [];
    return [[field, url.replace(place, `$1${value.toLowerCase()}`)]];
  });
  return filled.length === 0 ? definition : { ...definition, ...Object.fromEntries(filled) };
}

/** An offer as it is for one Connection: with its user's values in its hosts, and the API host its grant came with. */
export function offerAt<O extends Offer>(offer: O, values: Record<string, string> | null): O {
  const definition = atHosts(offer.source.definition, values);
  return definition === offer.source.definition
    ? offer
    : { ...offer, source: { ...offer.source, definition } };
}

/** A definition as it is for one Connection. */
export function atHosts<D extends Definition>(definition: D, values: Record<string, string> | null): D {
  if (values === null) return definition;
  const filled = fillHosts(definition, values);
  const api = values[apiHost];
  return withTokenHost(api === undefined ? filled : { ...filled, api_host_url: api }, values[tokenHost]);
}

/** Moves what speaks of tokens to another host. */
function withTokenHost<D extends Definition>(definition: D, origin: string | undefined): D {
  if (origin === undefined || definition.type !== 'oauth2') return definition;
  const moved = (['access_token_url', 'refresh_url', 'revocation_url'] as const).flatMap((field) => {
    const url = definition[field] && URL.parse(definition[field], definition.auth_host_url);
    return url ? [[field, origin + url.pathname + url.search]] : [];
  });
  return { ...definition, ...Object.fromEntries(moved) };
}

/** Whether a grant's API host is known only once its provider has said whose it is. */
export function isHostInMetadata(definition: Definition): boolean {
  return definition.type === 'oauth2' && (definition.api_host_from?.startsWith('metadata.') ?? false);
}

/**
 * Where a grant says its API is, if its source has such a place.
 *
 * @param answer what came with the tokens; `kept`: what the callback brought besides; `metadata`: what the provider
 *   said of the account, where it has been asked already
 * @returns the values to keep with the Connection; null where the place is empty, or names a host beyond the
 *   declared suffixes
 */
export function learnApiHost(
  definition: Definition,
  values: Record<string, string> | null,
  answer: Record<string, unknown>,
  kept: Readonly<Record<string, string>>,
  metadata: Record<string, unknown> | null = null,
): { ok: true; values: Record<string, string> | null } | { ok: false } {
  if (definition.type !== 'oauth2' || definition.api_host_from === undefined) return { ok: true, values };
  const path = definition.api_host_from;
  const found =
    callbackNames(path).length > 0
      ? fillFromCallback(path, kept)
      : isHostInMetadata(definition)
        ? textAt(metadata, path.slice('metadata.'.length))
        : textAt(answer, path);
  const url = allowedUrl(found, definition.api_host_suffixes);
  if (!url) return { ok: false };
  // The path of the declared URL stays, where the grant names a host alone.
  const declared = URL.parse(definition.api_host_url)?.pathname ?? '/';
  return {
    ok: true,
    values: { ...values, [apiHost]: url.origin + (url.pathname === '/' ? declared : url.pathname) },
  };
}

/**
 * Where a callback says its code is redeemed, if its source has such a place. One that says nothing is redeemed where
 * the source says.
 */
export function learnTokenHost(
  { token_host_from: place, token_host_suffixes: suffixes }: OAuth2Definition,
  values: Record<string, string> | null,
  kept: Readonly<Record<string, string>>,
): { ok: true; values: Record<string, string> | null } | { ok: false } {
  const found = place === undefined ? undefined : fillFromCallback(place, kept);
  if (found === undefined) return { ok: true, values };
  const url = allowedUrl(found, suffixes);
  return url ? { ok: true, values: { ...values, [tokenHost]: url.origin } } : { ok: false };
}

const named = /\{callback\.([\w-]+)\}/g;

/** The parameters of the callback that a place in a definition names: `callback.x`, or `{callback.x}.{callback.y}`. */
export function callbackNames(place = ''): string[] {
  return [...withBraces(place).matchAll(named)].map(([, name = '']) => name);
}

function withBraces(place: string): string {
  return place.startsWith('callback.') ? `{${place}}` : place;
}

/** What such a place says: undefined where the callback lacks one of them, nothing where one is empty. */
function fillFromCallback(place: string, kept: Readonly<Record<string, string>>): string | undefined {
  const said = callbackNames(place).map((name) => kept[name]);
  if (said.includes('')) return '';
  if (said.includes(undefined)) return undefined;
  return withBraces(place).replace(named, (_, name: string) => kept[name] ?? '');
}

/** A host, or the URL of one, below the declared suffixes; null where it is anything else. */
function allowedUrl(found: string | undefined, suffixes: string[] = []): URL | null {
  if (!found) return null;
  const url = URL.parse(/^https?:\/\//.test(found) ? found : `https://${found}`);
  const isBelow = suffixes.some((suffix) => url?.hostname.endsWith(suffix));
  return url && url.protocol === 'https:' && !url.port && !url.username && isBelow ? url : null;
}

/** @param path dotted; `list[name]` steps to the member of a list whose `name` is true */
function textAt(document: unknown, path: string): string | undefined {
  let value = document;
  for (const step of path.replaceAll('[', '.[').split('.')) {
    if (Array.isArray(value) && step.startsWith('[')) {
      value = value.find((member: unknown) => String(Object(member)[step.slice(1, -1)]) === 'true');
      continue;
    }
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return typeof value === 'string' ? value : undefined;
}

function urls(definition: Definition): [field: string, url: string][] {
  const fields: Partial<Record<string, unknown>> = definition;
  return urlFields.flatMap((field) => {
    const url = fields[field];
    return typeof url === 'string' ? [[field, url]] : [];
  });
}
