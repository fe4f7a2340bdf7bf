import type { events } from '../db/schema.ts';

type Event = typeof events.$inferSelect;

/** What a webhook can ask for. */
export const eventTypes = [
  'connection.created',
  'connection.reauthorized',
  'connection.needs_reauthorization',
  'connection.deleted',
] as const;

/** Sent on demand, to one webhook, whatever it asked for. */
export const testType = 'webhook.test';

/** Whom an event is of: what is told of it names nobody else, and none of their tokens. */
function subjectOf(event: Event) {
  if (event.type === testType) {
    return { connection_id: null, provider_id: null, application_id: null, client_user_id: null };
  }
  return {
    connection_id: event.connectionId,
    provider_id: event.sourceId,
    application_id: event.applicationId,
    client_user_id: event.clientUserId,
  };
}

/** The body that tells of an event: the same text with every attempt. */
export function eventBody(event: Event): string {
  const timestamp = new Date(event.createdAt).toISOString();
  return JSON.stringify({ type: event.type, timestamp, data: subjectOf(event) });
}
