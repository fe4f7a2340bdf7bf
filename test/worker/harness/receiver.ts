import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { onTestFinished, vi } from 'vitest';
import type { Bindings } from '../../../src/env.ts';
import { ok } from './answers.ts';
import { manage } from './management.ts';
import type { World } from './world.ts';

/** A webhook as the management API shows it. */
export interface ShownWebhook {
  id: string;
  url: string;
  events: string[];
  secret?: string;
  previous_secret_until?: string;
  created: string;
  updated: string;
}

/** What became of an event at a webhook, as the management API shows it. */
export interface ShownDelivery {
  id: string;
  event_id: string;
  type: string;
  connection_id: string | null;
  status: 'pending' | 'delivered' | 'dead';
  attempts: number;
  response_status: number | null;
  error: string | null;
  last_attempt: string | null;
  next_attempt: string | null;
  created: string;
}

/** One attempt as it reached a receiver. */
export interface Message {
  id: string;
  at: number;
  headers: Record<string, string>;
  text: string;
  body: { type: string; timestamp: string; data: Record<string, string | null> };
  method: string;
}

export const allEvents = [
  'connection.created',
  'connection.reauthorized',
  'connection.needs_reauthorization',
  'connection.deleted',
];

/** A developer's server, which is told of events. */
export class Receiver {
  readonly #world: World;
  readonly #key: string | undefined;
  readonly host = `hooks-${crypto.randomUUID().slice(0, 8)}.example`;
  /** Everything that arrived, taken or not, in order. */
  readonly attempts: Message[] = [];
  /** What it took, in order. */
  readonly taken: Message[] = [];
  /** How it answers. */
  answer: (message: Message) => Response | Promise<Response> = () => new Response(null, { status: 204 });
  webhook: ShownWebhook = { id: '', url: '', events: [], created: '', updated: '' };

  private constructor(world: World, key: string | undefined) {
    this.#world = world;
    this.#key = key;
    // Another test's sweep would find what this one leaves, and its net has no such host.
    onTestFinished(async () => {
      await world.db.prepare('DELETE FROM webhooks WHERE url = ?').bind(this.url).run();
    });
    world.internet.host(this.host, async (request) => {
      const text = new TextDecoder().decode(await request.arrayBuffer());
      const headers = Object.fromEntries(request.headers);
      const { method } = request;
      const message = {
        id: headers['webhook-id'] ?? '',
        at: world.now,
        headers,
        text,
        body: JSON.parse(text),
        method,
      };
      this.attempts.push(message);
      const answer = await this.answer(message);
      if (answer.ok) this.taken.push(message);
      return answer;
    });
  }

  /** Puts a receiver on the net and makes a webhook for it. */
  static async listen(world: World, key?: string, events = allEvents): Promise<Receiver> {
    const receiver = new Receiver(world, key);
    receiver.webhook = await ok<ShownWebhook>(
      manage(world, 'POST', '/webhooks', { url: receiver.url, events }, key),
    );
    return receiver;
  }

  get url(): string {
    return `https://${this.host}/events?from=trivet`;
  }

  get path(): string {
    return `/webhooks/${this.webhook.id}`;
  }

  /** What it took, in short: the event's type and its Connection. */
  get told(): [type: string, connectionId: string | null | undefined][] {
    return this.taken.map(({ body }) => [body.type, body.data.connection_id]);
  }

  deliveries(query = ''): Promise<ShownDelivery[]> {
    return ok(manage(this.#world, 'GET', `${this.path}/deliveries${query}`, undefined, this.#key));
  }

  patch(body: unknown): Promise<ShownWebhook> {
    return ok(manage(this.#world, 'PATCH', this.path, body, this.#key));
  }

  test(): Promise<ShownDelivery> {
    return ok(manage(this.#world, 'POST', `${this.path}/test`, undefined, this.#key));
  }

  replay({ id }: { id: string }): Promise<Response> {
    return manage(this.#world, 'POST', `${this.path}/deliveries/${id}/replay`, undefined, this.#key);
  }
}

/** Checks a message as a developer's server does, with a library that isn't ours: its time, too. */
export function verify(message: Message, secret: string | undefined): unknown {
  vi.useFakeTimers({ toFake: ['Date'], now: message.at });
  try {
    return new Webhook(secret ?? '').verify(message.text, message.headers);
  } finally {
    vi.useRealTimers();
  }
}

const planted = new Map<string, { id: string; deliveryId: string }>();

/** A webhook of a developer, and something that was sent there, straight into the database. */
export async function plantWebhook(developerId: string): Promise<{ id: string; deliveryId: string }> {
  const known = planted.get(developerId);
  if (known) return known;
  const { DB } = env as Bindings;
  const [id, deliveryId, eventId] = [newId(), newId(), newId()];
  planted.set(developerId, { id, deliveryId });
  await DB.batch([
    DB.prepare(
      `INSERT INTO webhooks (id, developer_id, url, events, sealed_secret, created_at, updated_at)
       VALUES (?, ?, 'https://hooks.example/', '["connection.created"]', 'x.y', 1, 1)`,
    ).bind(id, developerId),
    DB.prepare(
      `INSERT INTO events (id, developer_id, type, connection_id, source_id, created_at)
       VALUES (?, ?, 'webhook.test', ?, '', 1)`,
    ).bind(eventId, developerId, eventId),
    DB.prepare(
      `INSERT INTO deliveries (id, webhook_id, event_seq, connection_id, status, attempts, created_at)
       SELECT ?, ?, seq, id, 'delivered', 1, 1 FROM events WHERE id = ?`,
    ).bind(deliveryId, id, eventId),
  ]);
  return { id, deliveryId };
}

function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
