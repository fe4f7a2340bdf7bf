import { fillText, type Values } from '../../built/blanks.ts';
import type { Exchange, TrialRecord, TrialStep } from '../../connect/trial-record.ts';
import type texts from './findings.json';

/** A text of `findings.json`: the code of what is found, and after a dot how it shows. */
type TextName = keyof typeof texts;

/** How findings are put into words, with blanks for what is particular to one. */
export type FindingTexts = Record<
  TextName,
  {
    /** `fault` where it doesn't say. */
    weight?: string;
    title: string;
    explanation: string;
    /** `when`: only where that value says something. */
    fixes: { when?: string; field?: string; suggestion: string; value?: string }[];
  }
>;

/** What to do about something. */
interface Fix {
  /** The field of the definition to change, by its path; null where it is to be done elsewhere. */
  field: string | null;
  suggestion: string;
  /** What to put there. */
  value?: string;
}

/** Something that a trial shows to be wrong, or worth another look. */
export interface Finding {
  /** Which misconfiguration it is. */
  code: string;
  step: TrialStep;
  /** `hint`: users can connect all the same. */
  weight: 'fault' | 'hint';
  title: string;
  explanation: string;
  fixes: Fix[];
}

/** The same before it is put into words. */
export interface Found {
  text: TextName;
  step: TrialStep;
  /** What the text's blanks stand for. */
  values: Values;
}

/** Looks for one kind of thing in a record. */
export type Check = (record: TrialRecord) => Found | null;

/** What an exchange shows. Its text may say the answer's `status` and `quote` it. */
export function foundIn({ step, answer, failure }: Exchange, text: TextName, values: Values = {}): Found {
  const answered = answer ? `the status ${answer.status}` : 'nothing';
  const shared = { answered, status: answer?.status, quote: quoteOf(answer), failure: failure?.message };
  return { text, step, values: { ...shared, ...values } };
}

/** Puts what was found into words. */
export function tell(known: FindingTexts, { text, step, values }: Found): Finding {
  const { weight, title, explanation, fixes } = known[text];
  const say = (sentence: string) => fillText(sentence, values);
  return {
    code: text.replace(/\..*/, ''),
    step,
    weight: weight === 'hint' ? 'hint' : 'fault',
    title: say(title),
    explanation: say(explanation),
    fixes: fixes
      .filter(({ when }) => when === undefined || values[when])
      .map(({ field, suggestion, value }) => ({
        field: field === undefined ? null : say(field),
        suggestion: say(suggestion),
        ...(value === undefined ? {} : { value: say(value) }),
      })),
  };
}

/** The first exchange of a step, as users would have it. */
export function exchangeOf({ exchanges }: TrialRecord, step: TrialStep): Exchange | undefined {
  return exchanges.find((exchange) => exchange.step === step && exchange.attempt === null);
}

/** The attempts of a step that the provider took, or at least understood better. */
export function betterAttempt(
  { exchanges }: TrialRecord,
  refused: Exchange,
  field: string,
): Exchange | undefined {
  return exchanges.find(
    ({ step, attempt, answer }) =>
      step === refused.step && attempt?.field === field && answer && isBetter(answer, refused.answer),
  );
}

function isBetter(answer: NonNullable<Exchange['answer']>, before: Exchange['answer']): boolean {
  if (answer.status < 300 && !errorIn(answer)) return true;
  const [now, then] = [errorIn(answer), errorIn(before)];
  return answer.status !== 401 && answer.status < 500 && now !== '' && now !== then && !/client/i.test(now);
}

/** The error that an answer names, as text; '' where it names none. */
export function errorIn(answer: Exchange['answer']): string {
  const named = answer?.fields.find(([path]) =>
    /^(error|errors\.0|oauth_problem|error\.(code|type))$/.test(path),
  );
  return named?.[1] ?? '';
}

/** All that an answer says, in one text. */
export function saidIn(answer: Exchange['answer']): string {
  if (!answer) return '';
  return [answer.body, ...answer.headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
}

/** What an answer says to people: its error and description, short enough to quote. */
function quoteOf(answer: Exchange['answer']): string {
  const texts = [
    'error',
    'oauth_problem',
    'error_description',
    'message',
    'error.message',
    'detail',
    'oauth_problem_advice',
  ];
  const said = texts.flatMap((name) => answer?.fields.find(([path]) => path === name)?.[1] ?? []);
  return said.length === 0 ? '' : ` It said: “${said.join(': ').slice(0, 240).replace(/\.$/, '')}”.`;
}
