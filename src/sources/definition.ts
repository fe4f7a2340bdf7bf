import * as z from 'zod/mini';
import type { Fault } from '../errors.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { refuseUrl, type UrlPolicy } from '../outbound/allowed-url.ts';
import { issueFaults } from '../validation.ts';
import { callbackParameter, holdsMetadata } from './metadata-places.ts';
import { placeFaults } from './placeholders.ts';

// A data source's definition: what POST and PATCH /sources take, and what the engine reads. A provider's
// oddity is a field here.

// A call's own framing: what is put there would break it.
const framing =
  /^(host|connection|content-(length|type|encoding)|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

const text = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, 'must not be empty'),
    z.maxLength(2048, 'must be at most 2,048 characters'),
  );
const name = text.check(z.maxLength(120, 'must be at most 120 characters'));
const url = text;
const token = z
  .string()
  .check(z.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'), z.maxLength(256));
const withPlaces = apiDocs({
  description:
    'Values may hold what is filled in for each request, such as `{client_id}` or `{environment.api_key}`. What is not known at this place is refused with what is.',
});
const parameters = z
  .record(z.string().check(z.maxLength(256)), z.string().check(z.maxLength(2048)))
  .register(z.globalRegistry, withPlaces);
/** RFC 9110 §5. What frames a request isn't a definition's to set. */
const headers = z
  .record(
    z.string().check(
      z.regex(/^[!#$%&'*+.^_`|~\w-]{1,64}$/, 'must be the name of a header'),
      z.refine(
        (value) => !framing.test(value) && !/^cookie$/i.test(value),
        'must not be a header that frames the request',
      ),
    ),
    z.string().check(z.regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'), z.maxLength(1024)),
  )
  .register(z.globalRegistry, withPlaces);
const slug = z.string().check(
  z.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be lowercase letters, digits, hyphens and underscores'),
  z.refine((value) => !/^[0-9a-f]{32}$/.test(value), 'must not look like an id'),
);
/** null is as good as absent. The last step is for the API's description: a transform's outcome has none. */
const optional = <T extends string>(schema: z.ZodMiniType<T, T>) =>
  z.pipe(
    z.pipe(
      z.nullish(schema),
      z.transform((value) => value ?? undefined),
    ),
    z.optional(schema) as z.ZodMiniOptional<z.ZodMiniType<Awaited<T>, Awaited<T>>>,
  );

const shared = {
  name,
  slug: optional(slug),
  api_host_url: url,
  logo: optional(url),
};

/**
 * What an API wants on every call, such as a version or a `User-Agent`. `{access_token}`, `{client_id}` and others stand
 * for these; with the token there, it goes nowhere else.
 */
const apiCall = { api_headers: z.optional(headers), api_params: z.optional(parameters) };

/**
 * Where a grant says which host its API is at: a dotted path in the token response, `metadata.` and one in what
 * `metadata_url` answers, or `callback.` and a parameter of the callback. `[is_default]` steps to the member of a list
 * where that is true. Only below the given suffixes, such as `.salesforce.com`.
 */
const suffixes = z.optional(
  z
    .array(
      z
        .string()
        .check(z.regex(/^(\.[a-z0-9-]+){2,}$/, 'must be a domain behind a dot, such as .example.com')),
    )
    .check(z.maxLength(20)),
);
/** `callback.` and a parameter of the callback. */
const ofCallback = optional(
  z.string().check(z.regex(/^callback\.[\w-]{1,64}$/, 'must be callback. and a parameter')),
);
/** The same, or a host made of several, such as `{callback.subdomain}.{callback.domain}`. */
const hostOfCallback = optional(
  text.check(
    z.regex(
      /^(callback\.[\w-]{1,64}|[a-z0-9.-]*(\{callback\.[\w-]{1,64}\}[a-z0-9.-]*)+)$/,
      'must be callback. and a parameter, or a host with {callback.parameter} in it',
    ),
  ),
);
const grantHosts = {
  api_host_from: optional(text),
  api_host_suffixes: suffixes,
  /** The same for the host that tokens come from. */
  token_host_from: hostOfCallback,
  token_host_suffixes: suffixes,
};

/** A definition that calls can be signed with, and where to learn who connected. */
const metadata = {
  metadata_url: optional(url),
  metadata_method: optional(z.enum(['GET', 'POST'])),
  /** JSON, such as a GraphQL query. */
  metadata_body: optional(z.string().check(z.maxLength(8192))),
  /**
   * A place in what `metadata_url` answers; or `callback.` and a parameter of the callback that `metadata_url` is made
   * with, since the provider has confirmed it then.
   */
  uniqueness: optional(text),
  default_name: optional(text),
};

const flow = {
  authorization_params: z._default(parameters, {}),
  callback_metadata: z._default(z.array(token).check(z.maxLength(20)), []),
  revocation_url: optional(url),
};

const oauth2 = z.strictObject({
  type: z.literal('oauth2'),
  ...shared,
  auth_host_url: optional(url),
  auth_url: optional(url),
  full_auth_url: optional(url),
  access_token_url: optional(url),
  issuer: optional(url),
  scopes: z._default(z.array(token).check(z.maxLength(200)), []),
  scope_separator: z._default(z.string().check(z.minLength(1), z.maxLength(3)), ' '),
  pkce: z._default(z.enum(['S256', 'plain', 'none']), 'S256'),
  token_auth_method: optional(z.enum(['client_secret_basic', 'client_secret_post', 'none'])),
  token_body_format: z._default(z.enum(['form', 'json']), 'form'),
  /** Absent: POST. */
  token_method: optional(z.enum(['POST', 'GET'])),
  token_params: z._default(parameters, {}),
  token_headers: z.optional(headers),
  /** What the provider calls `client_id`, `client_secret` and `scope`. */
  client_id_param: optional(token),
  client_secret_param: optional(token),
  scope_param: optional(token),
  /** `callback.` and the parameter of the callback that names the granted scopes. */
  scope_from: ofCallback,
  /** Fields of the token response to keep with the Connection's metadata. */
  token_metadata: z.optional(z.array(token).check(z.maxLength(20))),
  token_response: z.prefault(
    z.strictObject({
      under: optional(text),
      access_token: optional(text),
      refresh_token: optional(text),
      expires_in: optional(text),
      expires_in_unit: optional(z.enum(['s', 'ms'])),
      /** Where the instant of its end is, rather than how long it lasts. */
      expires_at: optional(text),
      expires_at_format: optional(z.enum(['s', 'ms', 'iso'])),
      scope: optional(text),
    }),
    {},
  ),
  /** A GET that swaps the code's token for one that lasts, with these parameters alone. */
  token_exchange_url: optional(url),
  token_exchange_params: z.optional(parameters),
  refresh_url: optional(url),
  /** GET: with the declared parameters and the token alone. Absent: as `token_method`. */
  refresh_method: optional(z.enum(['POST', 'GET'])),
  /** What a refresh sends besides, or in the place of `grant_type`; and what it calls `refresh_token`. */
  refresh_token_params: z.optional(parameters),
  refresh_token_param: optional(token),
  /** Errors at a refresh that mean what `invalid_grant` does. */
  refresh_final_errors: z.optional(z.array(text).check(z.maxLength(20))),
  /** What a provider wants in the place of RFC 7009's request. */
  revocation_method: optional(z.enum(['POST', 'GET', 'DELETE'])),
  revocation_body_format: optional(z.enum(['form', 'json', 'query'])),
  revocation_params: z.optional(parameters),
  revocation_headers: z.optional(headers),
  revocation_auth_method: optional(z.enum(['client_secret_basic', 'client_secret_post', 'none'])),
  signature: z._default(z.enum(['header', 'parameter']), 'header'),
  ...apiCall,
  ...grantHosts,
  ...flow,
  ...metadata,
});

const oauth1 = z.strictObject({
  type: z.literal('oauth1'),
  ...shared,
  auth_host_url: url,
  auth_url: url,
  full_auth_url: url,
  request_token_url: url,
  access_token_url: url,
  scopes: z._default(z.array(token).check(z.maxLength(200)), []),
  scope_separator: z._default(z.string().check(z.minLength(1), z.maxLength(3)), ' '),
  signature_method: z._default(z.enum(['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT']), 'HMAC-SHA1'),
  /** Which request carries the scopes. Absent: the one for temporary credentials. */
  scope_at: optional(z.enum(['request', 'authorize'])),
  /** `none`: the provider speaks OAuth 1.0 without the "a", and confirms no callback. */
  verifier: optional(z.enum(['required', 'none'])),
  /** Where the callback is said. Absent: in the request for temporary credentials, as OAuth 1.0a has it. */
  callback_at: optional(z.enum(['request', 'authorize'])),
  ...apiCall,
  ...flow,
  ...metadata,
});

/** What the user is told of the credential to type. */
const label = text.check(z.maxLength(60, 'must be at most 60 characters'));

const apiKey = z.strictObject({
  type: z.literal('api_key'),
  ...shared,
  /** Absent: header. */
  key_in: optional(z.enum(['header', 'query'])),
  /** The header's or parameter's name. Absent: Authorization. */
  key_name: optional(token),
  /** What stands before the key in its header. Absent: `Bearer ` in Authorization, nothing in others. */
  key_prefix: optional(
    z
      .string()
      .check(
        z.regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
        z.maxLength(64, 'must be at most 64 characters'),
      ),
  ),
  key_label: optional(label),
  key_help_url: optional(url),
  ...apiCall,
  ...metadata,
});

const basic = z.strictObject({
  type: z.literal('basic'),
  ...shared,
  username_label: optional(label),
  password_label: optional(label),
  key_help_url: optional(url),
  ...apiCall,
  ...metadata,
});
const none = z.strictObject({ type: z.literal('none'), ...shared });

const definition = z.discriminatedUnion('type', [oauth2, oauth1, apiKey, basic, none], {
  error: 'must be one of oauth2, oauth1, api_key, basic, none',
});

/** A checked definition. Field names are those of the wire. */
export type Definition = z.output<typeof definition> & Partial<Discovered>;
export type OAuth2Definition = Extract<Definition, { type: 'oauth2' }>;
export type OAuth1Definition = Extract<Definition, { type: 'oauth1' }>;
export type OAuthDefinition = OAuth2Definition | OAuth1Definition;
export type ApiKeyDefinition = Extract<Definition, { type: 'api_key' }>;
type BasicDefinition = Extract<Definition, { type: 'basic' }>;
/** Of a source whose users type a credential. */
export type CredentialDefinition = ApiKeyDefinition | BasicDefinition;

/** What discovery found for an `issuer`. Kept apart from the fields as they were given. */
export interface Discovered {
  discovered: {
    auth_url: string;
    access_token_url: string;
    revocation_url?: string;
    token_auth_method?: 'client_secret_basic' | 'client_secret_post' | 'none';
    /** RFC 9207: the callback must name the issuer. */
    iss_required: boolean;
  };
}

/** A map document as it was given, without its secrets. */
export type StoredDocument = Record<string, unknown>;

/** What a body and an answer are made of, each by its type. */
export const definitionSchema = definition;

/**
 * Checks a definition as it came over the wire.
 *
 * @param policy which URLs it may name
 * @returns the definition, or every fault at once
 */
export function parseDefinition(
  input: unknown,
  policy: UrlPolicy,
): { ok: true; definition: Definition } | { ok: false; faults: Fault[] } {
  const parsed = definition.safeParse(input);
  const faults = parsed.success ? [] : issueFaults(parsed.error.issues);
  const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  faults.push(...urlFaults(fields, policy, new Set(faults.map((fault) => fault.path))));
  if (fields.type === 'oauth2' && fields.issuer === undefined) {
    for (const field of ['auth_host_url', 'auth_url', 'full_auth_url', 'access_token_url']) {
      if (fields[field] === undefined || fields[field] === null) {
        faults.push({ path: field, message: 'is required (or give an issuer to discover it from)' });
      }
    }
  }
  if (fields.type === 'api_key') faults.push(...keyFaults(fields));
  faults.push(...apiHeaderFaults(fields.api_headers), ...placeFaults(fields));
  for (const of of ['api', 'token']) {
    const allowed = fields[`${of}_host_suffixes`];
    if (fields[`${of}_host_from`] && !(Array.isArray(allowed) && allowed.length > 0)) {
      faults.push({ path: `${of}_host_suffixes`, message: `is required with ${of}_host_from` });
    }
  }
  faults.push(...metadataFaults(fields));
  if (!parsed.success || faults.length > 0) return { ok: false, faults };
  return { ok: true, definition: parsed.data };
}

/** What needs another `metadata_url` than there is. */
function metadataFaults({
  api_host_from,
  metadata_url,
  uniqueness,
  callback_metadata,
}: Record<string, unknown>) {
  const faults: Fault[] = [];
  if (/^metadata\./.test(String(api_host_from)) && !/^https?:/.test(String(metadata_url))) {
    faults.push({
      path: 'metadata_url',
      message: 'must be a whole URL, since the API host is in its answer',
    });
  }
  const parameter = callbackParameter(uniqueness);
  const isKept = Array.isArray(callback_metadata) && callback_metadata.includes(parameter);
  if (parameter && !(isKept && holdsMetadata(metadata_url, parameter))) {
    const message = `needs ${parameter} among callback_metadata, and {{ connection.metadata.${parameter} }} in metadata_url`;
    faults.push({ path: 'uniqueness', message });
  }
  return faults;
}

/** Who calls is said by the token alone. */
function apiHeaderFaults(given: unknown): Fault[] {
  const entries = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  return entries
    .filter(([name, value]) => /^authorization$/i.test(name) && !String(value).includes('{access_token}'))
    .map(([name]) => ({ path: `api_headers.${name}`, message: 'must hold {access_token}' }));
}

/** Where a key can't go. */
function keyFaults({ key_in, key_name, key_prefix }: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  if (key_in === 'query') {
    if (key_name === undefined || key_name === null) {
      faults.push({ path: 'key_name', message: 'is required with a key_in of query' });
    }
    if (key_prefix) faults.push({ path: 'key_prefix', message: 'is only for a key in a header' });
  } else if (typeof key_name === 'string') {
    // RFC 9110 §5.1.
    if (!/^[!#$%&'*+.^_`|~\w-]*$/.test(key_name)) {
      faults.push({ path: 'key_name', message: 'must be the name of a header' });
    } else if (framing.test(key_name)) {
      faults.push({ path: 'key_name', message: 'must not be a header that frames the request' });
    }
  }
  return faults;
}

/**
 * Reads a definition of our own making, whose URLs may be paths on this worker.
 *
 * @throws ZodError where it isn't one
 */
export function parseStoredDefinition(fields: unknown): Definition {
  return definition.parse(fields);
}

const absoluteFields = ['api_host_url', 'auth_host_url', 'full_auth_url', 'logo', 'issuer', 'key_help_url'];
const authHostFields = [
  'auth_url',
  'request_token_url',
  'access_token_url',
  'token_exchange_url',
  'refresh_url',
  'revocation_url',
];

/** Checks every URL that is there and is text: its host, and where the user is sent. */
function urlFaults(fields: Record<string, unknown>, policy: UrlPolicy, known: Set<string>): Fault[] {
  const faults: Fault[] = [];
  const check = (path: string, base?: URL): URL | null => {
    const value = fields[path];
    if (typeof value !== 'string' || value.trim() === '' || known.has(path)) return null;
    const resolved = URL.parse(fillPlaceholder(value.trim()), base?.href);
    const reason = resolved
      ? /[{}]/.test(resolved.hostname)
        ? 'may have one {value} in its host, as the first label'
        : refuseUrl(resolved, policy)
      : base
        ? 'must be a path or a URL'
        : 'must be an absolute URL';
    if (reason) {
      faults.push({ path, message: reason });
      return null;
    }
    return resolved;
  };
  const absolute = new Map(absoluteFields.map((path) => [path, check(path)]));
  const authHost = absolute.get('auth_host_url') ?? undefined;
  const resolved = new Map(authHostFields.map((path) => [path, check(path, authHost)]));
  check('metadata_url', absolute.get('api_host_url') ?? undefined);

  const authUrl = resolved.get('auth_url');
  const fullAuthUrl = absolute.get('full_auth_url');
  if (authUrl && fullAuthUrl && !areSiblings(authUrl.hostname, fullAuthUrl.hostname)) {
    faults.push({
      path: 'full_auth_url',
      message: `must be on ${authUrl.hostname}, where auth_url is, or on a sibling of that host`,
    });
  }
  return faults;
}

/** The same host, or hosts below the same parent (`www.fitbit.com`, `api.fitbit.com`, `fitbit.com`). */
function areSiblings(a: string, b: string): boolean {
  if (a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)) return true;
  const parent = (host: string) => host.split('.').slice(1).join('.');
  return parent(a) === parent(b) && parent(a).includes('.');
}

/** `https://{shop}.example.com` is a URL once its one placeholder is a label. */
function fillPlaceholder(value: string): string {
  return value.replace(/^(https?:\/\/)\{[a-z_]+\}(?=\.)/, '$1placeholder');
}
