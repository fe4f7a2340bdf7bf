import { eq } from 'drizzle-orm';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { identifyAccount, type RemoteAccount } from '../calls/metadata.ts';
import { previousGrant } from '../connections/tokens.ts';
import type { AppEnv } from '../context.ts';
import { repeatable } from '../db/repeat.ts';
import { connections } from '../db/schema.ts';
import { Failure, notFound } from '../errors.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { CredentialDefinition } from '../sources/definition.ts';
import { hostValuesField, settleHosts } from '../sources/host-values.ts';
import { idSchema, jsonBody } from '../validation.ts';
import { type Described, outboundCodes } from './failure.ts';
import { type Arrival, leaveWord, parkStatements } from './park.ts';
import { type Brought, refuseOtherAccount } from './receive.ts';
import { assembleRun, loadOwnRun, requireExisting, requireOffer, requireOpen, selectRun } from './run.ts';
import { readCredential, typedFields } from './typed-credential.ts';
import { presentRun } from './view.ts';

const credentialBody = z.strictObject({
  source: idSchema,
  /** The Connection to renew; left out for a new one. */
  connection: z.optional(idSchema),
  /** For the `{value}`s in the source's hosts. */
  values: hostValuesField,
  ...typedFields,
});

/** The user types a credential in the popup. It is tried at the provider first, and parked like every grant. */
export const credentialRoutes = new Hono<AppEnv>().post(
  '/connect/runs/:id/credential',
  jsonBody(credentialBody),
  async (c) => {
    const { db, config, now } = c.var;
    const { source, connection, values, ...given } = c.req.valid('json');
    const [loaded, [renewed]] = await Promise.all([
      loadOwnRun(c, c.req.param('id'), source),
      connection === undefined
        ? []
        : db.select(previousGrant).from(connections).where(eq(connections.id, connection)),
    ]);
    const { run } = loaded;
    requireOpen(run, now());
    const offered = requireOffer(loaded, source);
    const existing = connection === undefined ? null : requireExisting(loaded, connection, source);
    if (offered.clientId !== null)
      throw new Failure('invalid_request', 'At this data source users sign in and consent.');
    const { offer, hostValues } = settleHosts(offered, values, existing?.hostValues);
    const { definition } = offer.source;
    const tokens = readCredential(definition, given);
    const account = await identifyAccount(c.var, offer, tokens, {});
    requireAccepted(account, definition);
    const arrival = { loaded, offer, connectionId: connection ?? null, renewed: renewed ?? null };
    const checked = refuseOtherAccount(
      { ok: true, offer, hostValues, tokens, account },
      offer,
      arrival.renewed?.uniqueValue ?? null,
    );
    const left = checked.ok
      ? await parkAndRead(c.var, arrival, checked)
      : await tellAndRead(c.var, arrival, checked.failure);
    if (!left) throw notFound('run in this browser');
    requireOpen(left.run, now());
    return c.json(presentRun(left, config, now()));
  },
);

/** Parks what was typed, and reads the run as it then stands, in one batch. */
async function parkAndRead(parts: AppEnv['Variables'], arrival: Arrival, brought: Brought) {
  const { db, config, now } = parts;
  const statements = await parkStatements(parts, arrival, brought);
  const reading = selectRun(db, arrival.loaded.run.id, now());
  const [, , , ...selected] = await repeatable(() => db.batch([...statements, ...reading]));
  return assembleRun(selected, config);
}

/** The same for what was refused. */
async function tellAndRead(parts: AppEnv['Variables'], arrival: Arrival, failure: Described) {
  const { db, config, now } = parts;
  const reading = selectRun(db, arrival.loaded.run.id, now());
  const [, ...selected] = await repeatable(() => db.batch([leaveWord(parts, arrival, failure), ...reading]));
  return assembleRun(selected, config);
}

/**
 * Lets only a credential pass that its provider took, where it was asked.
 *
 * @throws Failure `access_denied` where it refused, else whatever the provider's fault is: a page of HTML, say,
 *   tells nothing of a credential
 */
function requireAccepted({ answered }: RemoteAccount, { type, name }: CredentialDefinition): void {
  if (answered === null) return;
  const nothing = 'Nothing was connected.';
  if (answered instanceof OutboundError) {
    const code = outboundCodes[answered.kind];
    throw new Failure(code, `${name} can’t be reached right now. ${nothing}`, { cause: answered });
  }
  const { status, mediaType } = answered;
  if (status === 401 || status === 403) {
    const what = type === 'api_key' ? 'key' : 'user name and password';
    throw new Failure('access_denied', `${name} didn’t accept this ${what}. ${nothing}`);
  }
  if (status === 429 || status >= 500)
    throw new Failure('temporarily_unavailable', `${name} is overloaded or down. ${nothing}`);
  if (status < 200 || status > 299 || mediaType === 'text/html')
    throw new Failure('provider_error', `${name} answered in a way that could not be used. ${nothing}`);
}
