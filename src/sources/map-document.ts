import * as z from 'zod/mini';
import type { Fault } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { refuseUrl, type UrlPolicy } from '../outbound/allowed-url.ts';
import { issueFaults } from '../validation.ts';
import type { StoredDocument } from './definition.ts';
import { endpointFaults } from './map-endpoint-check.ts';
import { isObject, member } from './map-json.ts';
import { secretField } from './source.ts';

// A map document is the whole of a data source in one JSON object, and other people's: what isn't
// known here is kept and given back, null is as good as absent.

const maxDepth = 100;

/** A value of `environment` in a body: new, kept, or cleared. */
const environmentValue = z.union(
  [
    z.string().check(z.maxLength(8192, 'must be at most 8,192 characters')),
    z.number(),
    z.boolean(),
    z.null(),
    z.strictObject({ set: z.literal(true) }),
  ],
  { error: 'must be the value, {"set": true} to keep it, or null to clear it' },
);

const object = z.record(z.string(), z.unknown(), { error: 'must be an object' });
const location = z.nullish(z.string('must be a key, a dotted path or a JSON pointer'));

const auth = z.nullish(
  z.looseObject(
    {
      type: z.enum(['oauth2', 'oauth1', 'api_key', 'basic', 'none'], {
        error: (issue) =>
          issue.input === undefined ? 'is required' : 'must be one of oauth2, oauth1, api_key, basic, none',
      }),
      authorization_url: z.nullish(z.string('must be a URL')),
      access_token: z.nullish(
        z.union(
          [
            z.string(),
            z.looseObject({
              url: z.string('must be a URL'),
              method: z.nullish(z.enum(['POST', 'GET'], { error: 'must be POST or GET' })),
            }),
          ],
          { error: 'must be a URL, or an object with a url and a method (POST or GET)' },
        ),
      ),
      request_token: z.nullish(z.string('must be a URL')),
      auth_key: secretField,
      auth_secret: secretField,
      redirect_url: z.nullish(z.string('must be a URL')),
      signature: z.nullish(z.enum(['header', 'parameter'], { error: 'must be header or parameter' })),
      signature_method: z.nullish(z.string('must be the name of a signature method')),
      use_auth_header: z.nullish(z.boolean('must be true or false')),
    },
    { error: 'must be an object' },
  ),
);

/** A map document. Endpoints, and the values with templates in them, are checked by `documentFaults`. */
const checkedDocument = z.looseObject(
  {
    version: z.nullish(z.union([z.string(), z.number()], { error: 'must be text' })),
    name: z.nullish(z.string('must be text')),
    description: z.nullish(z.string('must be text')),
    url: z.string({
      error: (issue) => (issue.input === undefined ? 'is required' : 'must be the URL of the API host'),
    }),
    auth,
    headers: z.nullish(object),
    parameters: z.nullish(object),
    body: z.optional(z.unknown()),
    environment: z.nullish(z.record(z.string(), environmentValue, { error: 'must be an object' })),
    meta: z.nullish(
      z.looseObject(
        {
          uniqueness_location: location,
          default_name_location: location,
          endpoint: z.nullish(z.union([z.string(), object], { error: 'must be a route or an object' })),
        },
        { error: 'must be an object' },
      ),
    ),
    endpoints: z.nullish(object),
    models: z.optional(z.unknown()),
    tags: z.optional(z.unknown()),
  },
  { error: 'must be a JSON object' },
);

/** A map document, as it is documented: an empty auth block is fine, too. */
export const documentSchema = z
  .extend(checkedDocument, { auth: z.union([auth, z.strictObject({})]) })
  .register(z.globalRegistry, apiDocs({ id: 'MapDocument' }));

/**
 * What is wrong with a document in itself, before a definition is derived from it: every fault, with its path.
 *
 * @param policy which URLs it may name
 */
export function documentFaults(document: StoredDocument, policy: UrlPolicy): Fault[] {
  if (isTooDeep(document)) return [{ path: '', message: `is nested more than ${maxDepth} levels deep` }];
  // An empty auth block is no auth block.
  const block = document.auth;
  const given = isObject(block) && Object.keys(block).length === 0 ? { ...document, auth: null } : document;
  const parsed = checkedDocument.safeParse(given);
  return [
    ...(parsed.success ? [] : issueFaults(parsed.error.issues)),
    ...redirectUrlFaults(member(block, 'redirect_url'), policy),
    ...endpointFaults(document, policy),
  ];
}

/** Users are sent there as the last step: as for applications' return URLs, a page of this deployment will do. */
function redirectUrlFaults(value: unknown, policy: UrlPolicy): Fault[] {
  if (typeof value !== 'string') return [];
  const url = URL.parse(value);
  const message = url
    ? url.origin === policy.publicUrl.origin
      ? null
      : refuseUrl(url, policy)
    : 'must be an absolute URL';
  return message ? [{ path: 'auth.redirect_url', message }] : [];
}

/** Without recursion: what is deeper than the limit may be deeper than the stack. */
function isTooDeep(document: StoredDocument): boolean {
  let level: unknown[] = [document];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}
