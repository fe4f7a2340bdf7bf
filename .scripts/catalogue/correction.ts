import * as z from 'zod';

// What a person knows that the sources don't say, or say wrongly. One file a letter, by slug.

const facts = z.array(z.string()).min(1);

const correction = z.strictObject({
  name: z.string(),
  categories: z.array(z.string()).min(1),
  /** Key in a source where it isn't the slug; null: that source means something else by it. */
  from: z
    .strictObject({
      grant: z.string().nullable().optional(),
      arctic: z.string().nullable().optional(),
      oauthd: z.string().nullable().optional(),
    })
    .optional(),
  /** Fields that win over every source. Null takes one away. */
  definition: z.record(z.string(), z.unknown()).optional(),
  values: z.record(z.string(), z.unknown()).optional(),
  /** Scope and what it means. */
  scopes: z.record(z.string(), z.string()).optional(),
  register: z.strictObject({ url: z.string().nullable(), note: z.string().nullable() }).optional(),
  documentation: z.string().nullable().optional(),
  icon: z.string().nullable().optional(),
  /** Documentation that was read, and which fields it confirms or gives. */
  read: z.record(z.string(), facts).optional(),
  /** Why a field is what it is where the sources differ. */
  decided: z.record(z.string(), z.string()).optional(),
  sample: z.record(z.string(), z.unknown()).optional(),
  unmet: facts.optional(),
  ended: z.string().optional(),
});

/** A file of them. */
export const correctionsSchema = z.record(z.string(), correction);

export type Correction = z.output<typeof correction>;
