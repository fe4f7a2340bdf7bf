import * as z from 'zod/mini';
import { apiDocs } from './api-docs.ts';

// Fields that many answers have. What we stored ourselves isn't checked again on the way out, only described.

/** An id of ours in an answer. */
export const shownId = z.string().register(z.globalRegistry, apiDocs({ pattern: '^[0-9a-f]{32}$' }));

/** An instant in an answer: ISO 8601, UTC, with milliseconds. */
export const shownDate = z.string().register(z.globalRegistry, apiDocs({ format: 'date-time' }));

/** A write-only secret: whether there is one. */
export const shownSecret = z.nullable(z.object({ set: z.literal(true) })).register(
  z.globalRegistry,
  apiDocs({
    id: 'Secret',
    description: 'A secret is never shown, only whether it is set. Sent back as this, it stays.',
  }),
);

/** An object that is passed on as it is. */
export const openObject = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  )
  .register(z.globalRegistry, apiDocs({ type: 'object', additionalProperties: true }));
