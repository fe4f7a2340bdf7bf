import type * as z from 'zod/mini';
import type { Answers } from './describe.ts';

/** A request to a route that says what it answers. */
export interface Answering<A extends Answers> {
  readonly var: { readonly answers?: A };
  body(data: string, status: never, headers: Record<string, string>): Response;
}

/** The statuses that are answered with JSON. */
type JsonStatus<A extends Answers> = { [S in keyof A]: A[S] extends z.ZodMiniType ? S : never }[keyof A] &
  number;
type Value<T> = T extends z.ZodMiniType ? z.input<T> : never;

/**
 * Sends JSON as the route describes it for this status. The value is parsed first: what its schema doesn't know
 * isn't sent.
 *
 * @throws ZodError where the value lacks something
 */
export function answer<A extends Answers, S extends JsonStatus<A>>(
  c: Answering<A>,
  status: S,
  value: Value<A[S]>,
): Response {
  const schema = c.var.answers?.[status] as z.ZodMiniType;
  return c.body(JSON.stringify(schema.parse(value)), status as never, { 'Content-Type': 'application/json' });
}
