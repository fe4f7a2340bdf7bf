import { Hono } from 'hono';
import * as z from 'zod';
import type { AppEnv } from '../context.ts';
import { Failure } from '../errors.ts';
import { idSchema, jsonBody } from '../validation.ts';
import { startAuthorization } from './authorize.ts';
import { loadOwnRun, requireOpen } from './run.ts';

const chooseBody = z.strictObject({ source: idSchema });

/** `POST /connect/runs/:id/authorize`: the user chose a source; where to send them. */
export const chooseRoutes = new Hono<AppEnv>().post(
  '/connect/runs/:id/authorize',
  jsonBody(chooseBody),
  async (c) => {
    const sourceId = c.req.valid('json').source;
    const { run, offers } = await loadOwnRun(c, c.req.param('id'), sourceId);
    requireOpen(run, c.var.now());
    const offer = offers.find((candidate) => candidate.source.id === sourceId);
    if (!offer) throw new Failure('not_found', 'This application does not offer that data source.');
    const subject = { kind: 'run', runId: run.id, connectionId: null } as const;
    const redirectUrl = await startAuthorization(c, offer, subject, offer.scopes);
    return c.json({ redirectUrl: redirectUrl.href });
  },
);
