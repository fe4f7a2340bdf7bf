import { zValidator } from '@hono/zod-validator';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { AppEnv } from './context.ts';
import type { Config } from './env.ts';
import { Failure, type Fault } from './errors.ts';
import { mark } from './openapi/describe.ts';

z.config(en());

/**
 * A JSON body that fits its schema, or `invalid_request` with every fault at once.
 *
 * @param check finds what a schema can't; it is given the body as it came where that doesn't fit the schema
 */
export function jsonBody<T extends z.ZodMiniType>(
  schema: T,
  check?: (body: unknown, config: Config) => Fault[],
) {
  const validator = zValidator('json', schema, (result, c) => {
    const faults = result.success ? [] : issueFaults(result.error.issues);
    faults.push(...(check?.(result.data, (c.var as AppEnv['Variables']).config) ?? []));
    if (faults.length > 0) throw invalidBody(faults);
  });
  return mark(validator, { body: schema });
}

/** A query that fits its schema, or `invalid_request` with every fault at once. */
export function query<T extends z.ZodMiniType>(schema: T) {
  const validator = zValidator('query', schema, (result) => {
    if (!result.success)
      throw new Failure('invalid_request', 'The query has faults.', {
        details: issueFaults(result.error.issues),
      });
  });
  return mark(validator, { query: schema });
}

/** Parses a value that did not come as JSON by itself. */
export function parseBody<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidBody(issueFaults(result.error.issues));
  return result.data;
}

/** `invalid_request` with its faults. */
export function invalidBody(faults: Fault[]): Failure {
  const [first] = faults;
  const description =
    faults.length === 1 && first
      ? `${first.path || 'The body'} ${first.message}.`
      : 'The body has faults; see details.';
  return new Failure('invalid_request', description, { details: faults });
}

/** Zod's issues as the contract's `details`: one fault each, unknown fields by their names. */
export function issueFaults(issues: z.core.$ZodIssue[]): Fault[] {
  return issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path ? `${path}.${key}` : key,
        message: 'is not a known field',
      }));
    }
    if (
      issue.code === 'invalid_type' &&
      issue.input === undefined &&
      /received undefined/.test(issue.message)
    ) {
      return [{ path, message: 'is required' }];
    }
    const message = issue.message.replace(
      /^Invalid input: expected (.*), received .*$/,
      'must be of type $1',
    );
    return [{ path, message: message.replace(/^Invalid (input|option): /, 'is invalid: ') }];
  });
}

const hyphenated = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as it came, in the form we keep: 32 lowercase hex digits. Null where it is no id. */
export function normalizeId(text: string): string | null {
  const lower = text.toLowerCase();
  const digits = hyphenated.test(lower) ? lower.replaceAll('-', '') : lower;
  return /^[0-9a-f]{32}$/.test(digits) ? digits : null;
}

/** What somebody calls something of their own. */
export const givenName = z
  .string()
  .check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(120, 'must be at most 120 characters'));

/** An id inside a body. */
export const idSchema = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const id = normalizeId(text);
    if (id) return id;
    context.issues.push({ code: 'custom', input: text, message: 'must be an id: 32 hex digits' });
    return z.NEVER;
  }),
);
