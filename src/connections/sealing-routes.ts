import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type CallerEnv, requireAdministrator, requireUnrestricted } from '../access/api-key.ts';
import { Failure } from '../errors.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { countSealed, resealBatch } from './sealing.ts';

const sealingKeySchema = z
  .object({
    id: z.string(),
    use: z
      .enum(['seals', 'opens', 'missing'])
      .register(
        z.globalRegistry,
        apiDocs({ description: 'The first key seals; what a missing one sealed can’t be opened.' }),
      ),
    sealed: z
      .int()
      .register(z.globalRegistry, apiDocs({ description: 'How many values are sealed under it.' })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'SealingKey' }));

const resealedSchema = z.object({ resealed: z.int(), left: z.int() });

const administratorAlone = requireAdministrator(
  () => new Failure('insufficient_scope', 'Sealing keys are the administrator’s alone.'),
);

/** `/sealing`: the keys that tokens and secrets are sealed under, and the way from an old one to a new one. */
export const sealingRoutes = new Hono<CallerEnv>()
  .use('/sealing', requireUnrestricted, administratorAlone)
  .get(
    '/sealing',
    describe({
      id: 'listSealingKeys',
      tag: 'Service',
      ...apiDocs({
        summary: 'List the sealing keys, with how much each has sealed',
        description: 'Tokens, client secrets, webhooks’ secrets and maps’ environments, of all developers.',
      }),
      answers: { 200: z.array(sealingKeySchema) },
    }),
    async (c) => {
      const counts = await countSealed(c.env.DB);
      const known = c.var.config.encryptionKeys.map(({ id }, index) => ({
        id,
        use: index === 0 ? ('seals' as const) : ('opens' as const),
      }));
      const missing = [...counts.keys()]
        .filter((id) => !known.some((key) => key.id === id))
        .map((id) => ({ id, use: 'missing' as const }));
      const keys = [...known, ...missing].map((key) => ({ ...key, sealed: counts.get(key.id) ?? 0 }));
      return answer(c, 200, keys);
    },
  )
  .post(
    '/sealing',
    describe({
      id: 'reseal',
      tag: 'Service',
      ...apiDocs({
        summary: 'Seal what is under older keys anew under the first one',
        description:
          'A batch: ask again until `left`, what is still under older keys, is 0. What is being refreshed is left for a later batch; what doesn’t open is left for good.',
      }),
      answers: { 200: resealedSchema },
    }),
    async (c) => answer(c, 200, await resealBatch(c.var, c.env.DB)),
  );
