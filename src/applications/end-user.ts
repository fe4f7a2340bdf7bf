import * as z from 'zod/mini';

/** An application's name for its user. */
export const clientUserId = z
  .string()
  .check(
    z.minLength(1, 'must not be empty'),
    z.maxLength(256, 'must be at most 256 characters'),
    z.regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  );
