import * as z from 'zod';

/** An application's name for its user. */
export const clientUserId = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must be at most 256 characters')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
