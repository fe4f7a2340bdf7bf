import type { Context } from 'hono';
import type { Connection } from '../../connections/connection.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import type { Tone } from '../frame/status.tsx';
import { Time } from '../frame/time.tsx';

/** Of each kind, so many at most: what was long ago is in the audit trail and the events. */
const maxEntries = 50;
/** What is written within this time tells of one thing. */
const sameMs = 2_000;

/** Something that happened to a Connection. */
interface Happening {
  at: number;
  tone: Tone;
  text: string;
  /** Who did it. */
  by?: string;
}

const eventWords: Record<string, { tone: Tone; text: string }> = {
  'connection.created': { tone: 'success', text: 'Connected' },
  'connection.reauthorized': { tone: 'success', text: 'Its user consented again' },
  'connection.needs_reauthorization': { tone: 'danger', text: 'Its grant ended: it needs reconnecting' },
};

const actionWords: Record<string, string> = {
  createConnection: 'Made, with a link for its user',
  importConnection: 'Imported',
  updateConnection: 'Changed',
  redeemConnection: 'What its user came back with was redeemed',
  viewTokens: 'Its tokens were shown in the console',
};

/** What happened to a Connection, the newest first: its events, what people and keys did, and its row’s own dates. */
export async function readTimeline(c: Context<ConsoleEnv>, connection: Connection): Promise<Happening[]> {
  const query = new URLSearchParams({ resource_id: connection.id, limit: String(maxEntries) });
  const [announced, acts] = await Promise.all([
    requireApi<{ type: string; created: string }[]>(
      c,
      'GET',
      `/connections/${connection.id}/events?limit=${maxEntries}`,
    ),
    requireApi<{ action: string; actor_name: string; created: string }[]>(c, 'GET', `/audit?${query}`),
  ]);
  const happened: Happening[] = [
    ...announced.map(({ type, created }) => ({
      at: Date.parse(created),
      ...(eventWords[type] ?? { tone: 'neutral' as const, text: type }),
    })),
    ...acts.map(({ action, actor_name: by, created }) => ({
      at: Date.parse(created),
      tone: 'neutral' as const,
      text: actionWords[action] ?? action,
      by,
    })),
  ];
  const { refreshedAt, createdAt } = connection;
  if (refreshedAt !== null)
    happened.push({ at: refreshedAt, tone: 'neutral', text: 'Tokens refreshed, the last time' });
  if (!happened.some(({ at }) => Math.abs(at - createdAt) < sameMs))
    happened.push({ at: createdAt, tone: 'neutral', text: 'Made' });
  return happened.sort((a, b) => b.at - a.at);
}

/** A list of what happened, as it is read from above: the newest first. */
export function Timeline({ happened, now }: { happened: Happening[]; now: number }) {
  return (
    <ol class="timeline">
      {happened.map(({ at, tone, text, by }) => (
        <li class={tone}>
          <span>
            {text}
            {by === undefined ? null : <span class="muted"> by {by}</span>}
          </span>
          <span class="muted">
            <Time at={at} now={now} />
          </span>
        </li>
      ))}
    </ol>
  );
}
