import { expect } from 'vitest';

/** The body of a failure, as the contract has it. */
export interface FailureBody {
  error: string;
  error_description: string;
  request_id: string;
  details?: { path: string; message: string }[];
}

/** The JSON of an answer that succeeded. */
export async function ok<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json<T>();
}

/** Expects a failure of this status and code, in the contract's shape to the letter. */
export async function refused(
  answer: Response | Promise<Response>,
  status: number,
  error: string,
): Promise<FailureBody> {
  const response = await answer;
  const body = await failureBody(response);
  expect({ status: response.status, error: body.error }, body.error_description).toEqual({ status, error });
  return body;
}

/** Expects the contract's shape of a failure, whichever it is. */
export async function failureBody(response: Response): Promise<FailureBody> {
  const text = await response.text();
  expect(response.headers.get('Content-Type'), text).toBe('application/json');
  const body = JSON.parse(text) as FailureBody;
  const { error, error_description, request_id, details, ...others } = body;
  expect(others).toEqual({});
  expect(typeof error).toBe('string');
  expect(error_description.length).toBeGreaterThan(10);
  expect(request_id).toBe(response.headers.get('X-Request-Id'));
  for (const detail of details ?? []) {
    expect(Object.keys(detail).sort()).toEqual(['message', 'path']);
    expect(`${detail.path}: ${detail.message}`).not.toContain('undefined');
  }
  return body;
}

/** Expects a body to be refused for its fields, and gives what is wrong by where it is. */
export async function refusedFields(answer: Response | Promise<Response>): Promise<Record<string, string>> {
  return faultsOf(await refused(answer, 400, 'invalid_request'));
}

/** What is wrong with a body, by where it is. */
export function faultsOf({ details = [] }: FailureBody): Record<string, string> {
  return Object.fromEntries(details.map(({ path, message }) => [path, message]));
}
