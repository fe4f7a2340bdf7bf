import { Hono } from 'hono';
import type { RouterRoute } from 'hono/types';
import type { AppEnv } from '../context.ts';
import { describe } from './describe.ts';
import { openapiDocument } from './document.ts';

/** `GET /openapi.json`: this API, from what its routes say of themselves. */
export function openapiRoutes(routes: () => readonly RouterRoute[]) {
  let written: { origin: string; text: string } | null = null;
  return new Hono<AppEnv>().get(
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
      // API explorers on other origins read it; there is nothing in it that depends on who asks.
      return c.body(written.text, 200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=300',
        'Access-Control-Allow-Origin': '*',
      });
    },
  );
}
