import * as z from 'zod/mini';

// What a person knows that the sources don't say, or say wrongly. One file a letter, by slug.

const facts = z.array(z.string()).check(z.minLength(1));

const correction = z.strictObject({
  name: z.string(),
  categories: z.array(z.string()).check(z.minLength(1)),
  /** Key in a source where it isn't the slug; null: that source means something else by it. */
  from: z.optional(
    z.strictObject({
      grant: z.optional(z.nullable(z.string())),
      arctic: z.optional(z.nullable(z.string())),
      oauthd: z.optional(z.nullable(z.string())),
    }),
  ),
  /** Fields that win over every source. Null takes one away. */
  definition: z.optional(z.record(z.string(), z.unknown())),
  values: z.optional(z.record(z.string(), z.unknown())),
  /** What `{environment.name}` in the definition is, and where the provider shows it. */
  environment: z.optional(z.record(z.string(), z.unknown())),
  /** Scope and what it means. */
  scopes: z.optional(z.record(z.string(), z.string())),
  register: z.optional(z.strictObject({ url: z.nullable(z.string()), note: z.nullable(z.string()) })),
  documentation: z.optional(z.nullable(z.string())),
  icon: z.optional(z.nullable(z.string())),
  /** Documentation that was read, and which fields it confirms or gives. */
  read: z.optional(z.record(z.string(), facts)),
  /** Why a field is what it is where the sources differ. */
  decided: z.optional(z.record(z.string(), z.string())),
  sample: z.optional(z.record(z.string(), z.unknown())),
  unmet: z.optional(facts),
  ended: z.optional(z.string()),
});

/** A file of them. */
export const correctionsSchema = z.record(z.string(), correction);

export type Correction = z.output<typeof correction>;
