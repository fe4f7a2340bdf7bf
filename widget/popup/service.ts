import type { Metadata, Problem } from '../protocol.ts';

/** A data source on offer. */
export interface Source {
  id: string;
  slug: string;
  name: string;
  logo: string | null;
  type: string;
  scopes: string[];
  connected: boolean;
  /** What the user types here; null where the user signs in at the source. */
  credential: CredentialAsked | null;
  /** The places in the source's hosts that the user fills: `{shop}.example.com`. */
  values: { name: string; host: string }[];
  /** The user's Connections here from earlier runs; none where a page began the run. */
  connections: Connection[];
}

/** A key, or a user name and password, as the source calls them where it does, and where the user finds them. */
type CredentialAsked = { helpUrl: string | null } & (
  | { keyLabel: string | null }
  | { usernameLabel: string | null; passwordLabel: string | null }
);

/** What a user typed. */
export type Credential = { key: string } | { username: string; password: string };

/** What a user gave for the places in a source's hosts, by name. */
export type HostValues = Record<string, string>;

/** A Connection the user made earlier, and what this run is to do with it. */
export interface Connection {
  id: string;
  /** May be empty. */
  name: string;
  complete: boolean;
  change: 'renewed' | 'disconnected' | null;
}

/** The application that asks. */
export interface Application {
  name: string;
  logo: string | null;
  test: boolean;
}

/** How the last authorization of a run went. */
export interface Outcome {
  source: { id: string; name: string };
  result: 'connected' | 'denied' | 'failed';
  error?: string;
  error_description?: string;
  request_id: string;
  /** The Connection that was to be renewed, by its id, as this window remembers it. */
  connection?: string;
}

/** All the popup shows of a run. */
export interface View {
  run: {
    id: string;
    delivery: 'popup' | 'redirect' | 'hosted';
    status: 'open' | 'finished' | 'exited';
    origin: string | null;
    expiresAt: string;
    locale: string | null;
  };
  application: Application;
  sources: Source[];
  /** Whether there is something to finish with. */
  changed: boolean;
  outcome: Outcome | null;
}

/** What the end of a run leaves to do: a message to the page that opened the popup, or an address to go to. */
export type Finished =
  | { delivery: 'popup'; origin: string; handle: string; metadata: Metadata }
  | { delivery: 'redirect' | 'hosted'; location: string };
export type Exited =
  | { delivery: 'popup'; origin: string; error: Problem | null; metadata: Metadata }
  | { delivery: 'redirect' | 'hosted'; location: string };

/** A request that failed; `status` is 0 where none came through. */
export class CallFailure extends Error {
  override name = 'CallFailure';
  readonly problem: Problem;
  readonly status: number;

  constructor(problem: Problem, status: number) {
    super(problem.error_description);
    this.problem = problem;
    this.status = status;
  }
}

const patienceMs = 25_000;

async function call<Answer>(path: string, body?: object, signal?: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(patienceMs);
  let response: Response;
  try {
    response = await fetch(`/connect/${path}`, {
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch {
    throw new CallFailure(
      { error: 'network_error', error_description: 'The service could not be reached' },
      0,
    );
  }
  const answer = response.status === 204 ? undefined : await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const unreadable = { error: 'server_error', error_description: `The service answered ${response.status}` };
  throw new CallFailure(answer?.error ? answer : unreadable, response.status);
}

/** Binds a run to this browser; a popup's run takes the proof that its page began it. */
export const bind = (sessionToken: string, proof?: { runSecret: string; origin: string }) =>
  call<View>('bind', { sessionToken, ...proof });

/** What may be shown of a run before it is bound. */
export const preview = (sessionToken: string) => call<View>('preview', { sessionToken });

/** The run as it stands; `not_found` where it isn't this browser's. */
export const readView = (runId: string) => call<View>(`runs/${runId}`);

/** Where to send the user to sign in at a source, for another account or to renew a Connection. */
export const authorize = (
  runId: string,
  subject: { source: string; connection?: string; values?: HostValues },
  signal: AbortSignal,
) => call<{ redirectUrl: string }>(`runs/${runId}/authorize`, subject, signal);

/** Tries what the user typed at a source, for another account or to renew a Connection: gives the run as it then stands. */
export const enter = (
  runId: string,
  subject: { source: string; connection?: string; values?: HostValues } & Credential,
  signal: AbortSignal,
) => call<View>(`runs/${runId}/credential`, subject, signal);

/** Has a Connection end when the run is finished; `undo` takes that back. */
export const disconnect = (runId: string, connection: string, undo: boolean) =>
  call<void>(`runs/${runId}/disconnect`, { connection, ...(undo && { undo }) });

/** Finishes the run with what was connected. */
export const finish = (runId: string) => call<Finished>(`runs/${runId}/finish`, {});

/** Leaves the run, and what was connected in it. */
export const exit = (runId: string) => call<Exited>(`runs/${runId}/exit`, { reason: 'left' });

/** Tells, as the page goes away, that it may have been closed. */
export function noteClosed(runId: string): void {
  const body = new Blob([JSON.stringify({ reason: 'closed' })], { type: 'application/json' });
  navigator.sendBeacon(`/connect/runs/${runId}/exit`, body);
}
