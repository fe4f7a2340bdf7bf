import { eventTypes } from '../../events/event.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { Field, Form } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';

type EventType = (typeof eventTypes)[number];

const meanings: Record<EventType, string> = {
  'connection.created': 'A user’s Connection is in force for the first time, or was imported.',
  'connection.reauthorized': 'A user consented again. The Connection has fresh tokens.',
  'connection.needs_reauthorization':
    'The provider has ended a grant. Calls are refused until the user connects again: ask them to.',
  'connection.deleted': 'A Connection has ended for good.',
};

/** What events are called where there is little room. */
export const shortNames: Record<string, string> = {
  'connection.created': 'created',
  'connection.reauthorized': 'reauthorized',
  'connection.needs_reauthorization': 'needs reauthorization',
  'connection.deleted': 'deleted',
};

/** The name of an event's field. */
export function eventField(type: EventType): string {
  return `event-${type.replace('connection.', '')}`;
}

interface WebhookFormProps {
  action: string;
  submit: string;
  cancel?: string;
  url?: string;
  /** The ones that are ticked. */
  events: string[];
  form?: FormState;
}

/** What of a webhook can be set. */
export function WebhookForm({ action, submit, cancel, url = '', events, form }: WebhookFormProps) {
  const state = form ? { form } : {};
  return (
    <Form action={action} submit={submit} {...(cancel ? { cancel } : {})} {...state}>
      <Field
        name="url"
        label="URL"
        type="url"
        explanation="Where events are sent to by POST, as JSON. Your server answers with any status from 200 to 299 once it has them."
        placeholder="https://api.example.com/trivet-events"
        value={url}
        mono
        {...state}
      />
      <CheckGroup
        name="events"
        legend="Events"
        boxes={eventTypes.map((type) => ({
          name: eventField(type),
          label: type,
          explanation: meanings[type],
          checked: events.includes(type),
        }))}
        {...state}
      />
    </Form>
  );
}
