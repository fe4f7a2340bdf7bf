/** What went wrong, as the service words it; `request_id` is missing where no request was answered. */
export interface Problem {
  error: string;
  error_description: string;
  request_id?: string;
  /** Every fault of what was sent: where, and what is wrong there. */
  details?: { path: string; message: string }[];
}

/** A data source as the application's page hears of it. */
export interface SourceName {
  id: string;
  slug: string;
  name: string;
}

/** What became of a run: `sources` are those it connected. Both are empty where no run came about. */
export interface Metadata {
  runId: string | null;
  sources: SourceName[];
}

/** How the popup is to look. `accent` is `#rrggbb`. */
export interface Theme {
  mode: 'light' | 'dark' | 'auto';
  accent?: string;
}

/** Marks the messages of this protocol, and its version. */
export const protocolVersion = 1;

/** From the application's page to the popup, always with the popup's exact origin as target. */
export type ToPopup =
  | { type: 'session'; sessionToken: string; runSecret: string; theme: Theme }
  | { type: 'failed'; error: Problem }
  | { type: 'received' }
  | { type: 'leave' };

/** From the popup to the page that opened it, always with that page's exact origin as target. */
export type ToOpener =
  | { type: 'hello' }
  | { type: 'failed'; error: Problem }
  | { type: 'bound'; runId: string }
  | { type: 'event'; runId: string; name: string; metadata: unknown }
  | { type: 'finished'; runId: string; handle: string; metadata: Metadata }
  | { type: 'exited'; runId: string; error: Problem | null; metadata: Metadata };

/**
 * The message in a `MessageEvent`'s data, or null where it is none of ours.
 * The sender is checked apart: `event.source` and `event.origin` are the caller's to compare.
 */
export function readMessage(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null) return null;
  const message = data as Record<string, unknown>;
  return message.trivet === protocolVersion ? message : null;
}
