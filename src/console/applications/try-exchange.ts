import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type * as z from 'zod/mini';
import type { newSecretSchema } from '../../applications/application.ts';
import { type ShownCall, withoutSecrets } from '../../landing/shown-call.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { readForm } from '../frame/form-state.ts';
import { applicationsPath, ownApplication } from './own.ts';

/** What was asked of us in the place of an application's server, and what came. */
interface Asked {
  call: ShownCall;
  ok: boolean;
  got: Record<string, unknown>;
}

/**
 * `POST /console/applications/:clientId/try/exchange`: the server's half of Try it, for the page's script.
 *
 * The console knows no client secret: only digests are kept. So it makes one, uses it once, and deletes it. Both are
 * in the audit trail, and neither the secret nor the access token leaves this worker.
 */
export const tryExchange = new Hono<ConsoleEnv>().post(
  `${applicationsPath}/:clientId/try/exchange`,
  async (c) => {
    const { clientId } = await ownApplication(c);
    const { specialToken = '', clientUserId = '' } = await readForm(c);
    const secrets = `/applications/${clientId}/secrets`;
    const made = await requireApi<z.output<typeof newSecretSchema>>(c, 'POST', secrets);
    const body = { specialToken, clientId, clientSecret: made.clientSecret, clientUserId };
    const exchanged = await ask(c, '/connect/tokens', { method: 'POST', body: JSON.stringify(body) }).finally(
      () => callApi(c, 'DELETE', `${secrets}/${made.id}`),
    );
    c.header('Cache-Control', 'no-store');
    const { accessToken } = exchanged.got;
    if (!exchanged.ok || typeof accessToken !== 'string') {
      const { error, error_description } = exchanged.got;
      return c.json({ error, error_description, calls: [exchanged.call] }, exchanged.call.status as 400);
    }
    const headers = { Authorization: `Bearer ${accessToken}` };
    const user = await ask(c, '/user', { headers });
    // Nobody keeps it.
    await ask(c, '/user/token', { method: 'DELETE', headers });
    return c.json({ calls: [exchanged.call, user.call], user: user.got });
  },
);

/** Asks what an application's server would ask, as it would: with its credentials alone. */
async function ask(c: Context<ConsoleEnv>, path: string, init: RequestInit): Promise<Asked> {
  const headers = new Headers(init.headers);
  if (init.body) headers.set('Content-Type', 'application/json');
  const request = new Request(new URL(path, c.var.config.publicUrl), { ...init, headers });
  const sent = typeof init.body === 'string' ? JSON.parse(init.body) : Object.fromEntries(headers);
  const response = await c.var.fetchOwn(request, c.executionCtx);
  const got = response.status === 204 ? {} : await response.json<Record<string, unknown>>();
  const { method } = request;
  const call = {
    method,
    path,
    sent: withoutSecrets(sent),
    status: response.status,
    got: withoutSecrets(got),
  };
  return { call, ok: response.ok, got };
}
