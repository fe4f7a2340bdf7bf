import { ok } from './answers.ts';
import type { Application, Source } from './management.ts';
import type { Choice, OAuth2Provider } from './oauth2-provider.ts';
import { type Exchanged, Run } from './run.ts';
import type { World } from './world.ts';

/** What the popup of a server-minted session shows of one of the user’s Connections. */
export interface ShownExisting {
  id: string;
  name: string;
  complete: boolean;
  change: 'renewed' | 'disconnected' | null;
}

interface FullView {
  changed: boolean;
  outcome: null | { result: string; error?: string };
  sources: { id: string; connected: boolean; connections: ShownExisting[] }[];
}

/** A session that the application’s server minted, bound to its user’s browser. */
export async function serverRun(
  world: World,
  application: Application,
  { clientUserId = 'user-1', ...fields }: { clientUserId?: string; [field: string]: unknown } = {},
): Promise<Run> {
  const run = await Run.fromServer(world, application, { clientUserId }, fields);
  await ok(run.bind());
  return run;
}

export function viewOf(run: Run): Promise<FullView> {
  return ok<FullView>(run.view());
}

/** What the popup shows of the user’s Connections, of all sources. */
export async function existingIn(run: Run): Promise<ShownExisting[]> {
  return (await viewOf(run)).sources.flatMap(({ connections }) => connections);
}

/** The user asks to renew a Connection. */
export function renew(world: World, run: Run, source: Source, connection: string): Promise<Response> {
  const body = { source: source.id, connection };
  return run.browser.post(world.origin, `/connect/runs/${run.id}/authorize`, body);
}

/** The user renews a Connection, all the way back to the popup. */
export async function renewed(
  world: World,
  run: Run,
  provider: OAuth2Provider,
  source: Source,
  connection: string,
  choice: Choice = {},
): Promise<void> {
  const { redirectUrl } = await ok<{ redirectUrl: string }>(renew(world, run, source, connection));
  await run.callback(provider.consent(redirectUrl, choice));
}

/** The user asks to end a Connection, or takes that back. */
export function disconnect(world: World, run: Run, connection: string, undo?: true): Promise<Response> {
  const body = { connection, ...(undo ? { undo } : {}) };
  return run.browser.post(world.origin, `/connect/runs/${run.id}/disconnect`, body);
}

/** Finishes a run and exchanges what it brought. */
export async function exchanged(run: Run, changes: Record<string, unknown> = {}): Promise<Exchanged> {
  await run.finished();
  return ok<Exchanged>(run.exchange(changes));
}
