import * as z from 'zod/mini';

// A catalogue entry: a provider as data. Its definition is that of a source without credentials.

const line = z.string().check(z.trim(), z.minLength(1), z.maxLength(600));
const httpsUrl = z.url({ protocol: /^https$/ }).check(z.maxLength(500));
const slug = z.string().check(z.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/));
const fieldNames = z.array(line).check(z.minLength(1));

export const category = z.enum([
  'commerce',
  'communication',
  'developer',
  'files',
  'finance',
  'games',
  'health',
  'identity',
  'marketing',
  'media',
  'productivity',
  'social',
]);

/**
 * Where facts come from, and how far they can be trusted. `documentation read`: the provider's own pages, or a client
 * or example it published itself.
 */
const provenance = z.strictObject({
  fact: fieldNames,
  from: z.enum(['grant', 'arctic', 'oauthd', 'documentation', 'knowledge']),
  /** A URL, or package@version. Null: nothing to point at. */
  source: z.nullable(line),
  checked: z.iso.date(),
  how: z.enum(['documentation read', 'public source only', 'not verified']),
});

/** A `{name}` in the definition's URLs. */
const value = z.strictObject({
  label: line,
  example: line,
  hint: line,
  /**
   * `label`: the first DNS label of a host; each user may have another.
   * `host` and `path`: a whole host, or steps of a path; known when the source is made.
   */
  fills: z.enum(['label', 'host', 'path']),
});

const shared = {
  slug,
  name: line.check(z.maxLength(120)),
  type: z.enum(['oauth2', 'oauth1']),
  categories: z.array(category).check(z.minLength(1), z.maxLength(3)),
  documentation: z.nullable(httpsUrl),
  /** The brand's slug in simple-icons. */
  icon: z.nullable(z.string().check(z.regex(/^[a-z0-9]+$/))),
  provenance: z.array(provenance).check(z.minLength(1)),
};

const available = z.strictObject({
  status: z.literal('available'),
  ...shared,
  /** Fields of a source. A `{name}` in its URLs is one of `values`. */
  definition: z.looseObject({
    type: z.enum(['oauth2', 'oauth1']),
    name: line,
    api_host_url: line,
    auth_host_url: line,
    auth_url: line,
    full_auth_url: line,
    access_token_url: line,
  }),
  values: z.record(z.string().check(z.regex(/^[a-z_]+$/)), value),
  /** What `{environment.name}` stands for in the definition, and where the provider shows it. */
  environment: z.optional(
    z.record(z.string().check(z.regex(/^[\w-]{1,64}$/)), z.strictObject({ label: line, where: line })),
  ),
  /** The scopes most are after, not all there are. */
  scopes: z.array(z.strictObject({ scope: line, means: line })).check(z.maxLength(20)),
  register: z.strictObject({ url: z.nullable(httpsUrl), note: z.nullable(line) }),
  /** An answer of `metadata_url`, cut to what matters. */
  sample: z.optional(z.record(z.string(), z.unknown())),
  /** What the provider wants and no field of a definition can say yet. */
  unmet: z.optional(z.array(line)),
  /** Where the sources differ, and which one won. */
  disagreements: z.optional(
    z.array(
      z.strictObject({
        field: line,
        values: z.record(z.string(), z.unknown()),
        chosen: z.unknown(),
        why: line,
      }),
    ),
  ),
});

const ended = z.strictObject({
  status: z.literal('ended'),
  ...shared,
  /** When, and what came of it. */
  ended: line,
});

/** An entry as its file has it. Ended ones have no definition: they can't be chosen. */
export const entrySchema = z.discriminatedUnion('status', [available, ended]);

export type Entry = z.output<typeof entrySchema>;
export type AvailableEntry = z.output<typeof available>;
