import type { Tone } from '../frame/status.tsx';

interface Standing {
  complete: boolean;
  authorized: boolean;
  /** Its owner has been told of it: it was in force once. */
  announced: boolean;
}

/** How a Connection stands, in words: short, and what follows from it. */
export function stateOf({ complete, authorized, announced }: Standing): {
  tone: Tone;
  text: string;
  meaning: string;
} {
  if (complete && authorized)
    return {
      tone: 'success',
      text: 'Connected',
      meaning: 'Its user granted everything that was asked for. Calls on their behalf go through.',
    };
  if (complete)
    return {
      tone: 'warning',
      text: 'Scopes missing',
      meaning: 'It works, but its user has not granted everything that was asked for.',
    };
  if (announced)
    return {
      tone: 'danger',
      text: 'Needs reconnecting',
      meaning:
        'Its grant has ended: it was withdrawn, revoked, or could not be refreshed. Calls are refused until its user connects again.',
    };
  return {
    tone: 'neutral',
    text: 'Waiting for its user',
    meaning: 'Its user has not consented yet, or chose not to.',
  };
}

/** What a Connection is called on a page: its name, else its user's, else neither. */
export function titleOf({ name, clientUserId }: { name: string | null; clientUserId: string | null }) {
  return name || clientUserId || 'Unnamed Connection';
}
