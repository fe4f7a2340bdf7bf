import { Hono } from 'hono';
import type { RouterRoute } from 'hono/types';
import * as z from 'zod';
import type { AppEnv } from '../context.ts';
import { answer } from './answer.ts';
import { describe } from './describe.ts';
import { openapiDocument } from './document.ts';

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

/**
 * What the service says of itself: `GET /healthz`, and `GET /openapi.json`, written from what the routes say.
 *
 * @param routes all of the app's, once they are mounted
 */
export function serviceRoutes(routes: () => readonly RouterRoute[]) {
  let written: { origin: string; text: string } | null = null;
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
      (c) => {
        const { origin } = c.var.config.publicUrl;
        if (written?.origin !== origin) {
          written = { origin, text: JSON.stringify(openapiDocument(routes(), origin)) };
        }
        // API explorers on other origins read it; nothing in it depends on who asks.
        return c.body(written.text, 200, {
          'Content-Type': 'application/json',
          'Cache-Control': 'public, max-age=300',
          'Access-Control-Allow-Origin': '*',
        });
      },
    );
}
