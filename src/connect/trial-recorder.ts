import { type Outbound, OutboundError, readText } from '../outbound/outbound.ts';
import type { Attempt, Exchange, TrialStep } from './trial-record.ts';
import { type Known, showBody, showHeaders, showUrl } from './trial-redact.ts';

const maxBytes = 256 * 1024;
/** What work may take behind an answer, with a little to spare: then the platform ends it. */
const allMs = 27_000;

/** What of an answer's headers tells a developer something. */
const tellingHeaders =
  /^(content-type|content-length|date|link|location|retry-after|server|www-authenticate|x-[\w-]*(scope|request-id|error)[\w-]*)$/;

interface Raw extends Pick<Exchange, 'step' | 'attempt' | 'at' | 'method' | 'url' | 'failure'> {
  headers: [string, string][];
  body: string | null;
  answer: { status: number; headers: [string, string][]; body: string } | null;
}

/** Notes what passes through an `Outbound`. */
export interface Recorder {
  outbound: Outbound;
  /** Names the requests that follow: each takes the next step, and the last one stays. */
  expect(steps: [TrialStep, ...TrialStep[]], attempt?: Attempt): void;
  /** What was noted so far, with secrets cut short. What token endpoints gave is added to `known`. */
  exchanges(known: Known): Exchange[];
  /** Waits until every answer is read. */
  settled(): Promise<void>;
}

/**
 * Makes a recorder around the very `Outbound` that serves users.
 *
 * @param noted is called with each answer
 */
export function recordOutbound(
  outbound: Outbound,
  now: () => number,
  noted: () => void = () => {},
): Recorder {
  const raws: Raw[] = [];
  const readings: Promise<void>[] = [];
  const startedAt = now();
  let ahead: TrialStep[] = ['token'];
  let departed: Attempt | null = null;

  const read = async (raw: Raw, copy: Response, timeoutMs: number) => {
    const { status } = copy;
    raw.answer = {
      status,
      headers: [...copy.headers].filter(([name]) => tellingHeaders.test(name)),
      body: '',
    };
    try {
      raw.answer.body = await readText(copy, maxBytes, timeoutMs);
    } catch (error) {
      raw.failure = describe(error);
    }
    noted();
  };
  return {
    async outbound(request, options) {
      const leftMs = Math.max(1_000, allMs - (now() - startedAt));
      const timeoutMs = Math.min(options.timeoutMs, leftMs);
      const { method, url } = request;
      const raw: Raw = {
        step: (ahead.length > 1 ? ahead.shift() : ahead[0]) ?? 'token',
        attempt: departed,
        at: now(),
        method,
        url,
        headers: [...request.headers],
        body: request.body === null ? null : new TextDecoder().decode(await request.clone().arrayBuffer()),
        answer: null,
        failure: null,
      };
      raws.push(raw);
      try {
        const response = await outbound(request, { ...options, timeoutMs });
        readings.push(read(raw, response.clone(), timeoutMs));
        return response;
      } catch (error) {
        raw.failure = describe(error);
        noted();
        throw error;
      }
    },
    expect(steps, attempt) {
      ahead = [...steps];
      departed = attempt ?? null;
    },
    exchanges(known) {
      // What later answers show to be secret may stand in earlier ones.
      for (const { step, headers, answer } of raws) {
        const found = answer ? showBody(answer.body, known, grantsTokens(step)).secrets : [];
        for (const secret of [...found, ...credentialsIn(headers)]) known.add(secret);
      }
      return raws.map((raw) => show(raw, known));
    },
    async settled() {
      await Promise.all(readings);
    },
  };
}

function show({ headers, body, answer, ...raw }: Raw, known: Known): Exchange {
  const shown = answer && showBody(answer.body, known, grantsTokens(raw.step));
  return {
    ...raw,
    url: showUrl(raw.url, known),
    headers: showHeaders(headers, known),
    body: body === null ? null : showBody(body, known, false).text,
    answer:
      answer && shown
        ? {
            status: answer.status,
            headers: showHeaders(answer.headers, known),
            body: shown.text,
            isCut: shown.isCut,
            isHtml: shown.isHtml,
            fields: shown.fields,
          }
        : null,
  };
}

/** What `Authorization` carries as a whole: some APIs repeat it. */
function credentialsIn(headers: [string, string][]): string[] {
  const value = headers.find(([name]) => name === 'authorization')?.[1] ?? '';
  const [scheme = '', credential] = value.split(' ', 2);
  return credential === undefined || /^oauth$/i.test(scheme) ? [] : [credential];
}

function grantsTokens(step: TrialStep): boolean {
  return step === 'temporary' || step === 'token' || step === 'refresh';
}

function describe(error: unknown): Exchange['failure'] {
  if (error instanceof OutboundError) return { kind: error.kind, message: error.message };
  return { kind: 'unreachable', message: 'The call failed' };
}
