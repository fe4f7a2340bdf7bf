import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import type { AppEnv } from '../context.ts';
import { answer } from './answer.ts';
import { apiDocs } from './api-docs.ts';
import { describe } from './describe.ts';
import { readDocument } from './document-asset.ts';

const healthSchema = z
  .object({ status: z.literal('ok') })
  .register(z.globalRegistry, apiDocs({ id: 'Health' }));

/** What the service says of itself: `GET /healthz`, and `GET /openapi.json`, built from what the routes say. */
export function serviceRoutes() {
  let read: { origin: string; text: string } | null = null;
  return new Hono<AppEnv>()
    .get(
      '/healthz',
      describe({
        id: 'getHealth',
        tag: 'Service',
        ...apiDocs({
          summary: 'Whether the service is up',
          security: ['none'],
        }),
        answers: { 200: healthSchema },
      }),
      (c) => answer(c, 200, { status: 'ok' }),
    )
    .get(
      '/openapi.json',
      describe({
        id: 'getOpenApi',
        tag: 'Service',
        ...apiDocs({
          summary: 'This document',
          security: ['none'],
        }),
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
