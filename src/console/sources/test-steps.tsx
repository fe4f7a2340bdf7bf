import type { Exchange, Shown, TrialRecord } from '../../connect/trial-record.ts';
import { Status, type Tone } from '../frame/status.tsx';
import { type Meanings, meaningOf } from './test-parameters.ts';
import { type Progress, progressOf, type StepState } from './test-progress.ts';

const states: Record<StepState, { text: string; tone: Tone }> = {
  done: { text: 'Done', tone: 'success' },
  failed: { text: 'Failed', tone: 'danger' },
  missed: { text: 'Not reached', tone: 'neutral' },
  skipped: { text: 'Left out', tone: 'neutral' },
  now: { text: 'Waiting for you', tone: 'warning' },
  ahead: { text: 'Still to come', tone: 'neutral' },
};

/** A trial's steps in their order: what was expected, what came, and every request and answer. */
export function Steps({ record, meanings }: { record: TrialRecord; meanings: Meanings }) {
  return (
    <ol class="trial-steps">
      {progressOf(record).map((progress) => (
        <li class={progress.state}>
          <h2>{progress.title}</h2>
          <Status tone={states[progress.state].tone}>{states[progress.state].text}</Status>
          {progress.state === 'missed' ? null : <Story progress={progress} />}
          <Parameters record={record} meanings={meanings} step={progress.step} />
          {progress.exchanges.map((exchange) => (
            <ExchangeDetails exchange={exchange} isOpen={progress.state === 'failed' && !exchange.attempt} />
          ))}
        </li>
      ))}
    </ol>
  );
}

function Story({ progress: { expected, came, state } }: { progress: Progress }) {
  return (
    <dl class="story">
      <dt>Expected</dt>
      <dd>{expected}</dd>
      {came === null ? null : (
        <>
          <dt>{state === 'skipped' ? 'Why' : 'Came'}</dt>
          <dd>{came}</dd>
        </>
      )}
    </dl>
  );
}

interface ParametersProps {
  record: TrialRecord;
  /** What is said of each. */
  meanings: Meanings;
  step: Progress['step'];
}

function Parameters({ record, meanings, step }: ParametersProps) {
  const { authorization, callback, lost } = record;
  if (step === 'authorization' && authorization) {
    return (
      <details class="exchange" open={record.status === 'waiting'}>
        <summary>
          <code>GET {authorization.endpoint}</code>
        </summary>
        <Explained record={record} meanings={meanings} params={authorization.params} where="request" />
      </details>
    );
  }
  const came = callback ?? lost;
  if (step !== 'callback' || !came || came.length === 0) return null;
  return (
    <details class="exchange" open={record.facts.failure?.step === 'callback' || !callback}>
      <summary>
        <code>GET {record.redirectUri}</code>
      </summary>
      <Explained record={record} meanings={meanings} params={came} where="callback" />
    </details>
  );
}

interface ExplainedProps extends Omit<ParametersProps, 'step'> {
  params: Shown[];
  where: 'request' | 'callback';
}

function Explained({ record, meanings, params, where }: ExplainedProps) {
  return (
    <dl class="explained">
      {params.map(([name, value]) => (
        <>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>
            <code>{value}</code>
            <span class="muted">{meaningOf(meanings, name, record, where)}</span>
          </dd>
        </>
      ))}
    </dl>
  );
}

function ExchangeDetails({ exchange, isOpen }: { exchange: Exchange; isOpen: boolean }) {
  const { attempt, method, url, headers, body, answer, failure } = exchange;
  const result = answer ? String(answer.status) : 'No answer';
  return (
    <details class="exchange" open={isOpen}>
      <summary>
        <span class={answer && answer.status < 300 ? 'pill' : 'pill bad'}>{result}</span>{' '}
        <code>
          {method} {url.split('?', 1)[0]}
        </code>
        {attempt ? (
          <span class="muted">
            Tried again with <code>{attempt.field}</code>: <code>{attempt.value}</code>
          </span>
        ) : null}
      </summary>
      <h3>Request</h3>
      <pre>
        {`${method} ${url}\n`}
        {lines(headers)}
        {body ? `\n${body}` : ''}
      </pre>
      <h3>Answer</h3>
      {failure ? <p class="error">{failure.message}.</p> : null}
      {answer ? (
        <pre>
          {`${answer.status}\n`}
          {lines(answer.headers)}
          {answer.body ? `\n${answer.body}` : ''}
          {answer.isCut ? '\n… The rest is left out.' : ''}
        </pre>
      ) : null}
    </details>
  );
}

function lines(headers: Shown[]): string {
  return headers.map(([name, value]) => `${name}: ${value}\n`).join('');
}
