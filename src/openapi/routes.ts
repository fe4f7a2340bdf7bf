import { Hono } from 'hono/tiny';
import * as z from 'zod';
import type { AppEnv } from '../context.ts';
import { answer } from './answer.ts';
import { describe } from './describe.ts';
import { readDocument } from './document-asset.ts';

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

/** What the service says of itself: `GET /healthz`, and `GET /openapi.json`, built from what the routes say. */
export function serviceRoutes() {
  let read: { origin: string; text: string } | null = null;
  return new Hono<AppEnv>()
    .get(
      '/healthz',
      describe({
        id: 'getHealth',
        summary: 'Whether the service is up',
        tag: 'Service',
        security: ['none'],
        answers: { 200: healthSchema },
      }),
      (c) => answer(c, 200, { status: 'ok' }),
    )
    .get(
      '/openapi.json',
      describe({
        id: 'getOpenApi',
        summary: 'This document',
        tag: 'Service',
        security: ['none'],
        answers: { 200: { type: 'application/json', description: 'OpenAPI 3.1.' } },
      }),
      async (c) => {
        const { origin } = c.var.config.publicUrl;
        if (read?.origin !== origin) read = { origin, text: await readDocument(c.env.ASSETS, origin) };
        // API explorers on other origins read it; nothing in it depends on who asks.
        return c.body(read.text, 200, {
          'Content-Type': 'application/json',
          'Cache-Control': 'public, max-age=300',
          'Access-Control-Allow-Origin': '*',
        });
      },
    );
}
