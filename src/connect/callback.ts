import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { AppEnv } from '../context.ts';
import { apiDocs } from '../openapi/api-docs.ts';
import { describe } from '../openapi/describe.ts';
import { normalizeId } from '../validation.ts';
import { completeLink } from './link-callback.ts';
import { lostCallbackPage, repostPage } from './pages.tsx';
import { completeForRun } from './run-callback.ts';
import { recognizeState } from './state.ts';
import { completeTrial } from './trial-complete.ts';
import { noteLostCallback } from './trial-lost.ts';
import { lostTrialPage } from './trial-page.tsx';

/** What a callback brings, wherever the provider put it. */
interface Arrival {
  params: URLSearchParams;
  /** A POST from the provider's site carries no Lax cookie; the page we answer posts it again, from here. */
  mayRepost: boolean;
}

const repostedField = 'trivet_reposted';

const answers = {
  200: { type: 'text/html', description: 'A page of ours that posts the same fields once more.' },
  302: { type: 'text/html', description: 'To the final location of a Connection’s link.' },
  303: { type: 'text/html', description: 'Back to the popup, or to the console’s test of a source.' },
  400: { type: 'text/html', description: 'A page: nothing in this browser waits for this callback.' },
};

/** `GET·POST /done/:id`: the provider sends the user back. */
export const callbackRoutes = new Hono<AppEnv>()
  .get(
    '/done/:id',
    describe({
      id: 'callback',
      tag: 'Service',
      ...apiDocs({
        summary: 'Callback of an authorization',
        description: 'The redirect URL to register at the provider, which sends the user’s browser here.',
        security: ['none'],
      }),
      answers,
    }),
    (c) => finishAuthorization(c, { params: new URL(c.req.url).searchParams, mayRepost: false }),
  )
  .post(
    '/done/:id',
    describe({
      id: 'postCallback',
      tag: 'Service',
      ...apiDocs({
        summary: 'Callback of an authorization, as a form',
        description: 'For providers that answer with `response_mode=form_post`.',
        security: ['none'],
        body: { type: 'application/x-www-form-urlencoded', description: 'What the provider sends.' },
      }),
      answers,
    }),
    async (c) => {
      const params = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
      const mayRepost = !params.has(repostedField);
      params.delete(repostedField);
      return finishAuthorization(c, { params, mayRepost });
    },
  );

async function finishAuthorization(c: Context<AppEnv>, { params, mayRepost }: Arrival): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  const key = callbackKey(params);
  const sourceId = normalizeId(c.req.param('id') ?? '');
  const recognized = key === null ? null : await recognizeState(c, key);
  if (!recognized || recognized.state.sourceId !== sourceId) {
    if (key !== null && !recognized && mayRepost) return repostPage(c, params, repostedField);
    const trial = sourceId === null ? null : await noteLostCallback(c, sourceId, params);
    return trial === null ? lostCallbackPage(c, params) : lostTrialPage(c, trial);
  }
  const { state, claimId } = recognized;
  if (state.subject.kind === 'run') {
    return c.redirect(await completeForRun(c.var, state, state.subject, claimId, params), 303);
  }
  if (state.subject.kind === 'trial') {
    return c.redirect(await completeTrial(c, state, state.subject, claimId, params), 303);
  }
  const location = await completeLink(c.var, state, state.subject, claimId, params);
  return location === null ? lostCallbackPage(c, params) : c.redirect(location, 302);
}

/** OAuth 2's `state`; OAuth 1.0a's token, also as the `denied` of those who decline. Twice is never. */
function callbackKey(params: URLSearchParams): string | null {
  const name = ['state', 'oauth_token', 'denied'].find((candidate) => params.has(candidate));
  const values = name === undefined ? [] : params.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}
