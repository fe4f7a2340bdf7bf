import type { ShownCall } from '../../src/landing/shown-call.ts';
import type { Metadata, Problem, SourceName } from '../protocol.ts';

/** What the example's server passes on from a provider: its status and its body. */
export interface ProviderAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** One connected account as the example's server found it. */
export interface Account {
  id: string;
  provider: string;
  profile: ProviderAnswer;
  records: ProviderAnswer;
}

/** An answer of the example's server, or why there is none. `calls` are those it made for it. */
type ServerAnswer<T> = Partial<T> & Partial<Problem> & { calls?: ShownCall[] };

/** What example-client.js tells the page, by name. */
interface ExampleEvents {
  launch: { clientId: string; clientUserId: string };
  event: { name: string; metadata: { runId: string; source?: SourceName } };
  finish: { specialToken: string; metadata: Metadata };
  exit: { error: Problem | null; metadata: Metadata };
  exchange: ServerAnswer<{ connected: true }>;
  data: ServerAnswer<{ accounts: Account[] }>;
}

/** Listens to one of the example's events. */
export function hear<Name extends keyof ExampleEvents>(
  name: Name,
  listener: (detail: ExampleEvents[Name]) => void,
): void {
  document.addEventListener(`example:${name}`, (event) =>
    listener((event as CustomEvent<ExampleEvents[Name]>).detail),
  );
}
