import type { Exchange, TrialRecord, TrialStep } from '../../connect/trial-record.ts';

/** How far a step has come. `ahead`: it is still to be done; `missed`: one before it failed. */
export type StepState = 'done' | 'failed' | 'skipped' | 'missed' | 'now' | 'ahead';

/** A step of a trial as the page tells it. */
export interface Progress {
  step: TrialStep;
  title: string;
  state: StepState;
  /** What should come. */
  expected: string;
  /** What came; null while nothing has. */
  came: string | null;
  exchanges: Exchange[];
}

const titles: Record<TrialStep, string> = {
  temporary: 'Temporary credentials',
  authorization: 'Authorization request',
  callback: 'Callback',
  token: 'Token request',
  metadata: 'Who connected',
  refresh: 'Refresh',
  sample: 'Sample call',
  revocation: 'Revocation',
};

const stepsByType: Record<TrialRecord['definition']['type'], TrialStep[]> = {
  oauth2: ['authorization', 'callback', 'token', 'metadata', 'refresh', 'sample', 'revocation'],
  oauth1: ['temporary', 'authorization', 'callback', 'token', 'metadata', 'sample'],
  api_key: ['metadata', 'sample'],
  basic: ['metadata', 'sample'],
};

/** A trial's steps in their order, each with how it stands. */
export function progressOf(record: TrialRecord): Progress[] {
  const steps = stepsByType[record.definition.type];
  let isOver = false;
  return steps.map((step) => {
    const exchanges = record.exchanges.filter((exchange) => exchange.step === step);
    // Tokens that an attempt brought are revoked all the same.
    const { state, came } =
      isOver && exchanges.length === 0 ? { state: 'missed' as const, came: null } : stand(record, step);
    if (record.facts.failure?.step === step) isOver = true;
    const settled = state === 'ahead' && record.status === 'ended' ? 'skipped' : state;
    return { step, title: titles[step], state: settled, came, exchanges, expected: expectedOf(record, step) };
  });
}

function expectedOf({ definition }: TrialRecord, step: TrialStep): string {
  const isOAuth1 = definition.type === 'oauth1';
  switch (step) {
    case 'temporary':
      return '200, with oauth_token, oauth_token_secret and oauth_callback_confirmed=true (RFC 5849 §2.1).';
    case 'authorization':
      return 'You sign in there and allow access, and the provider sends you back to the redirect URL.';
    case 'callback':
      return isOAuth1
        ? 'oauth_token as we sent it, and oauth_verifier (RFC 5849 §2.2).'
        : 'A code, and the state we sent (RFC 6749 §4.1.2).';
    case 'token':
      return isOAuth1
        ? '200, with oauth_token and oauth_token_secret (RFC 5849 §2.3).'
        : '200, and JSON with access_token (RFC 6749 §5.1).';
    case 'metadata': {
      const places = [definition.uniqueness, definition.default_name].filter((place) => place !== undefined);
      return places.length > 0 ? `200, and JSON with ${places.join(' and ')}.` : '200, and JSON.';
    }
    case 'refresh':
      return '200, and JSON with a fresh access_token (RFC 6749 §6).';
    case 'sample':
      return 'A status from 200 to 299.';
    case 'revocation':
      return '200 (RFC 7009 §2.2).';
    default:
      return step satisfies never;
  }
}

/** How a step stands, as long as none before it has failed. */
function stand(record: TrialRecord, step: TrialStep): Pick<Progress, 'state' | 'came'> {
  const { facts, status } = record;
  if (facts.failure?.step === step) return { state: 'failed', came: facts.failure.description };
  const ahead = { state: 'ahead', came: null } as const;
  switch (step) {
    case 'authorization':
      if (!record.authorization) return ahead;
      return status === 'waiting' ? { state: 'now', came: null } : { state: 'done', came: 'You came back.' };
    case 'callback':
      if (record.lost && !record.callback) return { state: 'failed', came: namesOf(record.lost) };
      return record.callback ? { state: 'done', came: namesOf(record.callback) } : ahead;
    case 'temporary':
    case 'sample':
      return (
        exchanged(record, step) ?? unless(record.sample === null && step === 'sample', 'No path was given.')
      );
    case 'token':
      return token(record) ?? exchanged(record, step) ?? ahead;
    case 'metadata':
      return (
        metadata(record) ??
        unless(record.definition.metadata_url === undefined, 'The source names no metadata URL.')
      );
    case 'refresh':
      return refresh(record) ?? ahead;
    case 'revocation':
      return revocation(record) ?? ahead;
    default:
      return step satisfies never;
  }
}

function unless(isSkipped: boolean, why: string): Pick<Progress, 'state' | 'came'> {
  return isSkipped ? { state: 'skipped', came: why } : { state: 'ahead', came: null };
}

/** What came of a step that is one exchange. */
function exchanged({ exchanges }: TrialRecord, step: TrialStep): Pick<Progress, 'state' | 'came'> | null {
  const exchange = exchanges.find((each) => each.step === step && each.attempt === null);
  if (!exchange) return null;
  const { answer, failure } = exchange;
  if (!answer) return { state: 'failed', came: `${failure?.message ?? 'No answer'}.` };
  return { state: answer.status < 300 ? 'done' : 'failed', came: `The status ${answer.status}.` };
}

function token({
  facts: { granted },
  definition,
  scopes,
}: TrialRecord): Pick<Progress, 'state' | 'came'> | null {
  if (!granted) return null;
  if (definition.type === 'oauth1') return { state: 'done', came: 'Token credentials.' };
  const named = granted.scopes?.join(' ');
  const parts = [
    'An access token',
    granted.expiresInMs === null ? 'which names no end' : `for ${lasting(granted.expiresInMs)}`,
    granted.hasRefreshToken ? 'with a refresh token' : 'without a refresh token',
  ];
  const scopeText = named
    ? ` Scopes: ${named}.`
    : scopes.length > 0
      ? ' It names no scopes: those asked for hold.'
      : '';
  return { state: 'done', came: `${parts.join(', ')}.${scopeText}` };
}

function lasting(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

function metadata(record: TrialRecord): Pick<Progress, 'state' | 'came'> | null {
  const { facts, definition } = record;
  const seen = exchanged(record, 'metadata');
  if (!seen || seen.state === 'failed' || !facts.account) return seen;
  const { uniqueValue, name } = facts.account;
  const found = [
    ...(definition.uniqueness
      ? [`The account’s id at ${definition.uniqueness}: ${uniqueValue ?? 'nothing'}.`]
      : []),
    ...(definition.default_name ? [`Its name at ${definition.default_name}: ${name ?? 'nothing'}.`] : []),
  ];
  const isMissing = definition.uniqueness !== undefined && uniqueValue === null;
  return { state: isMissing ? 'failed' : 'done', came: found.join(' ') || seen.came };
}

function refresh(record: TrialRecord): Pick<Progress, 'state' | 'came'> | null {
  const { granted, refresh: outcome } = record.facts;
  if (granted && !granted.hasRefreshToken) return { state: 'skipped', came: 'There is no refresh token.' };
  if (!outcome) return null;
  if (!outcome.ok) return { state: 'failed', came: exchanged(record, 'refresh')?.came ?? 'Nothing.' };
  return {
    state: 'done',
    came: outcome.rotated
      ? 'A fresh access token, and a new refresh token.'
      : 'A fresh access token. The refresh token stays.',
  };
}

function revocation(record: TrialRecord): Pick<Progress, 'state' | 'came'> | null {
  const { facts, definition, status } = record;
  switch (facts.revocation) {
    case 'done':
      return { state: 'done', came: 'The grant of this test has ended.' };
    case 'failed':
      return { state: 'failed', came: exchanged(record, 'revocation')?.came ?? 'Nothing.' };
    case 'spared':
      return {
        state: 'skipped',
        came: 'You have a Connection with this account and client: providers often end the whole grant, and it would die with this test’s token.',
      };
    case null: {
      const hasWay =
        definition.type === 'oauth2' && (definition.revocation_url ?? definition.discovered?.revocation_url);
      if (status !== 'ended' || hasWay) return null;
      return {
        state: 'skipped',
        came: 'The source names no revocation URL. The tokens are kept nowhere; to end the grant, use your account’s settings there.',
      };
    }
  }
}

function namesOf(params: [string, string][]): string {
  return params.length === 0 ? 'No parameters.' : `${params.map(([name]) => name).join(', ')}.`;
}
