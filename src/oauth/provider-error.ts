import { cleanError, cleanErrorDescription } from './error-text.ts';
import { asRecord, ownField } from './response-fields.ts';

/** Where an odd provider puts its error: the names of the fields that hold the code and the text. */
export interface ErrorRules {
  error?: string | undefined;
  errorDescription?: string | undefined;
}

/** An error that a provider reports in a body, whatever the HTTP status. */
export interface ProviderError {
  error: string;
  errorDescription: string | null;
}

const codeNames = ['error', 'code', 'errorType', 'type', 'status'];
const textNames = ['error_description', 'message', 'error_message', 'description', 'detail', 'title'];

/**
 * Finds the error in an answer: `error` as text (RFC 6749 §5.2), as a number, or as an object with
 * a code and a message of its own, or the first member of a list `errors`. Absent, `null`, `false`,
 * empty and zero (also as `"0"`) mean that there is none.
 */
export function findProviderError(
  fields: Record<string, unknown>,
  rules: ErrorRules = {},
): ProviderError | null {
  const declared = rules.errorDescription === undefined ? [] : [rules.errorDescription];
  const description = firstText(fields, [...declared, ...textNames]);
  return (
    readError(ownField(fields, rules.error ?? 'error'), description) ??
    readError(ownField(fields, 'errors'), description)
  );
}

function readError(value: unknown, description: string | null): ProviderError | null {
  if (Array.isArray(value)) return readError(value[0], description);
  if (value === undefined || value === null || value === false || value === 0) return null;
  if (value === '' || value === '0') return null;
  const record = asRecord(value);
  if (!record) return { error: cleanError(value) ?? 'unknown_error', errorDescription: description };
  if (Object.keys(record).length === 0) return null;
  return {
    error: codeOf(record) ?? 'unknown_error',
    errorDescription: firstText(record, textNames) ?? description,
  };
}

/** A code in words says more than a number: `{"code": 190, "type": "OAuthException"}` is an `OAuthException`. */
function codeOf(record: Record<string, unknown>): string | null {
  // `{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}` says what is invalid.
  const [resource, field, code] = ['resource', 'field', 'code'].map((name) => ownField(record, name));
  if (typeof field === 'string' && typeof code === 'string') {
    return cleanError([resource, field, code].filter((part) => typeof part === 'string').join('.'));
  }
  const values = codeNames.map((name) => ownField(record, name));
  const word = values.find((value) => typeof value === 'string' && /\D/.test(value));
  return cleanError(word ?? values.find((value) => cleanError(value) !== null));
}

function firstText(record: Record<string, unknown>, names: string[]): string | null {
  for (const name of names) {
    const text = cleanErrorDescription(ownField(record, name));
    if (text !== null) return text;
  }
  return null;
}
