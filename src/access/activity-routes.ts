import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { type Counted, readCounts } from '../events/activity.ts';
import { answer } from '../openapi/answer.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { query } from '../validation.ts';
import { type CallerEnv, requireKey } from './api-key.ts';

const mostDays = 366;

const activityQuery = z.strictObject({
  days: z._default(
    z.coerce
      .number('must be a number')
      .check(z.int(), z.minimum(1, 'must be at least 1'), z.maximum(mostDays, `must be at most ${mostDays}`)),
    30,
  ),
});

const counted = z.array(z.object({ id: z.string(), count: z.int() }));

const activitySchema = z
  .object({
    days: z.array(z.object({ date: z.string(), created: z.int(), reauthorized: z.int() })),
    totals: z.record(z.string(), z.int()),
    by_source: counted,
    by_application: counted,
    failures: z.array(z.object({ reason: z.string(), count: z.int() })),
  })
  .register(z.globalRegistry, apiDocs({ id: 'Activity' }));

/** `/activity`: how connecting goes, counted as it happens. */
export const activityRoutes = new Hono<CallerEnv>().get(
  '/activity',
  describe({
    id: 'readActivity',
    tag: 'Events',
    ...apiDocs({
      summary: 'Read how connecting goes',
      description:
        'Of the last days, today included, in UTC: Connections made and renewed by day, by data source and by application (an empty id: without an application), runs by how far they came, and why others failed.',
    }),
    answers: { 200: activitySchema },
  }),
  requireKey('connections:read'),
  query(activityQuery),
  async (c) => {
    const { db, caller, now } = c.var;
    const counts = await readCounts(db, caller.developerId, c.req.valid('query').days, now());
    const { days, totals, bySource, byApplication, reasons } = counts;
    return answer(c, 200, {
      days: days.map(({ at, ...day }) => ({ date: new Date(at).toISOString().slice(0, 10), ...day })),
      totals,
      by_source: bySource,
      by_application: byApplication,
      failures: reasons.map(({ id, count }: Counted) => ({ reason: id, count })),
    });
  },
);
