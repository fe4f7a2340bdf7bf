import * as z from 'zod';

/** The body of every failure. */
export const errorSchema = z
  .object({
    error: z.string().meta({ description: 'A code for programs. OAuth’s own where OAuth has one.' }),
    error_description: z.string().meta({ description: 'What went wrong, for people.' }),
    request_id: z.string().meta({ description: 'Joins the answer to its line in our log.' }),
    details: z
      .array(
        z.object({
          path: z.string().meta({ description: 'Where in the body or query, in dots.' }),
          message: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'Every fault of a body or query at once.' }),
  })
  .meta({ id: 'Failure' });
