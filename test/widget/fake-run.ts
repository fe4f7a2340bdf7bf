import type { Application, Connection, Outcome, Source, View } from '../../widget/popup/service.ts';
import type { Problem } from '../../widget/protocol.ts';

/** A run of the fake service. */
export interface FakeRun {
  id: string;
  token: string;
  delivery: View['run']['delivery'];
  status: View['run']['status'];
  challenge: string | null;
  serverMinted: boolean;
  origin: string | null;
  cookie: string | null;
  returnUrl: string | null;
  handle: string;
  connected: Set<string>;
  /** What is parked for Connections the user already has, by their ids. */
  changes: Map<string, NonNullable<Connection['change']>>;
  outcome: Outcome | null;
  error: Problem | null;
  closedAt: number | null;
  expiresAt: string;
}

/** What a test may bend before or between requests. */
export interface Knobs {
  origins: string[];
  application: Application;
  sources: Source[];
  locale: string | null;
  /** Waited before an answer, by path prefix, in milliseconds. */
  delays: Record<string, number>;
  /** Answers given in place of the real ones, by path prefix; `status: 0` cuts the connection. */
  failures: Record<string, { status: number; error: string; error_description?: string }>;
  /** Where the authorization of a source sends the browser: `&coop` severs the opener there. */
  providerQuery: string;
}
