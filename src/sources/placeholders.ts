import type { Fault } from '../errors.ts';

// Places in the values of a definition's headers and parameters that are filled in for each request: `{client_id}`,
// `{callback.context}`, `{environment.api_key}`.

const client = ['client_id', 'client_secret', 'environment'];
const call = ['access_token', 'token_secret', ...client];

/** By field, what its values may hold. `callback` and `environment` stand with a dot and a name. */
const allowed: Record<string, string[]> = {
  // Whoever connects can read it.
  authorization_params: ['client_id', 'redirect_uri', 'state', 'nonce', 'environment'],
  token_params: [...client, 'redirect_uri', 'state', 'callback'],
  token_exchange_params: ['access_token', ...client],
  refresh_token_params: [...client, 'redirect_uri'],
  token_headers: client,
  // A revocation waits in a queue, without the environment.
  revocation_params: ['token', 'access_token', 'refresh_token', 'client_id', 'client_secret'],
  revocation_headers: ['token', 'access_token', 'client_id', 'client_secret'],
  api_headers: call,
  api_params: call,
};

/** What ties an answer to its request is ours to say. */
const reserved: Record<string, string[]> = {
  authorization_params: ['response_type', 'state', 'code_challenge', 'code_challenge_method'],
  token_params: ['code', 'code_verifier'],
};

/** Words alone: JSON has braces, too. */
const anyPlace = /\{([a-z_]+)(\.[\w-]+)?\}/g;
const place =
  /\{(client_id|client_secret|access_token|refresh_token|token_secret|token|redirect_uri|state|nonce|(?:callback|environment)\.[\w-]+)\}/g;

/** What places are filled with, by what stands in their braces. */
export type PlaceValues = Readonly<Record<string, string | null | undefined>>;

type Pairs = Record<string, string>;

/**
 * Fills headers or parameters. One with a place that there is no value for is left out.
 *
 * @param pairs as a definition has them
 */
export function fillPlaces(pairs: Pairs = {}, values: PlaceValues): Pairs {
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([name, value]) => {
      let isWhole = true;
      const filled = value.replace(place, (_, key: string) => {
        const given = Object.hasOwn(values, key) ? values[key] : null;
        isWhole &&= given !== null && given !== undefined;
        return given ?? '';
      });
      return isWhole ? [[name, filled]] : [];
    }),
  );
}

/** Whether a value has a place that is filled in. */
export function hasPlace(value: string): boolean {
  return value.search(place) !== -1;
}

/** What stands in the braces of some headers and parameters. */
export function placesIn(...records: (Pairs | undefined)[]): Set<string> {
  const values = records.flatMap((pairs) => Object.values(pairs ?? {}));
  return new Set(values.flatMap((value) => [...value.matchAll(place)].map(([, key = '']) => key)));
}

/** The names of the environment among places. */
export function environmentNames(places: Set<string>): string[] {
  return [...places].flatMap((key) => (key.startsWith('environment.') ? [key.slice(12)] : []));
}

/** All that stands in the braces of a definition. */
export function placesOf(definition: object): Set<string> {
  return placesIn(...Object.keys(allowed).map((field) => pairsOf(definition, field)));
}

/** The headers or parameters of a definition's field, where it has them. */
export function pairsOf(definition: object | undefined, field: string): Pairs | undefined {
  return (definition as Record<string, Pairs | undefined> | undefined)?.[field];
}

/**
 * What is wrong with the places of a definition, and with the names of its parameters.
 *
 * @param fields as they came
 */
export function placeFaults(fields: Record<string, unknown>): Fault[] {
  const url = fields.revocation_url;
  const inPath = typeof url === 'string' ? placeFault(pathOf(url), ['client_id']) : null;
  const ofUrl = inPath === null ? [] : [{ path: 'revocation_url', message: inPath }];
  const ofPairs = Object.entries(allowed).flatMap(([field, words]) => {
    const pairs = fields[field];
    if (typeof pairs !== 'object' || pairs === null) return [];
    return Object.entries(pairs).flatMap(([name, value]) => {
      const message = reserved[field]?.includes(name)
        ? 'can’t be set: it is made for each request'
        : placeFault(String(value), words);
      return message === null ? [] : [{ path: `${field}.${name}`, message }];
    });
  });
  return [...ofUrl, ...ofPairs];
}

/** What follows the host, where a user's value may stand. */
function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, '');
}

function placeFault(value: string, words: string[]): string | null {
  const isNamed = (word: string) => word === 'callback' || word === 'environment';
  const wrong = [...value.matchAll(anyPlace)].find(
    ([, word = '', name]) => !words.includes(word) || isNamed(word) !== (name !== undefined),
  );
  if (!wrong) return null;
  const known = words.map((word) => `{${word}${isNamed(word) ? '.name' : ''}}`);
  return `holds ${wrong[0]}: only ${known.join(', ')} are known here`;
}
