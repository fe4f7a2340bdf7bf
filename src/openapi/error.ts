import * as z from 'zod/mini';
import { apiDocs } from './api-docs.ts';

/** The body of every failure. */
export const errorSchema = z
  .object({
    error: z
      .string()
      .register(
        z.globalRegistry,
        apiDocs({ description: 'A code for programs. OAuth’s own where OAuth has one.' }),
      ),
    error_description: z
      .string()
      .register(z.globalRegistry, apiDocs({ description: 'What went wrong, for people.' })),
    request_id: z
      .string()
      .register(z.globalRegistry, apiDocs({ description: 'Joins the answer to its line in our log.' })),
    details: z
      .optional(
        z.array(
          z.object({
            path: z
              .string()
              .register(z.globalRegistry, apiDocs({ description: 'Where in the body or query, in dots.' })),
            message: z.string(),
          }),
        ),
      )
      .register(z.globalRegistry, apiDocs({ description: 'Every fault of a body or query at once.' })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'Failure' }));
