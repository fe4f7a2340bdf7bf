import type { MiddlewareHandler } from 'hono';
import type * as z from 'zod/mini';
import type { ErrorCode } from '../errors.ts';

// What a route says of itself, in the route: the middleware it is made of carries it, and the OpenAPI document is
// read from there.

/** The headings of the API reference, in its order. */
export const tags = {
  Applications:
    'What a developer integrates: origins, return URLs, client secrets, and its choice of data sources.',
  'Data sources': 'Providers by their fields.',
  Maps: 'The same data sources as documents.',
  Connections: 'Grants of end users at data sources.',
  Connect: 'A run of the Connect popup, and the exchange of its specialToken.',
  'User data': 'What an access token reaches: the end user’s Connections, and calls signed for them.',
  Events: 'Being told what happens to Connections, and who changed what.',
  'Keys and developers': 'Who may call this API.',
  Service: 'The deployment itself.',
} as const;

/** Content that isn't JSON of a schema. */
export interface Content {
  /** Its media type. */
  type: string;
  description: string;
}

/** What a status is answered with: JSON that fits a schema, other content, or no body. */
export type Answer = z.ZodMiniType | Content | null;
export type Answers = Readonly<Record<number, Answer>>;

/** How a caller shows who it is. `none`: it needn't, or the body says it. */
type Credential = 'accessToken' | 'clientSecret' | 'none';

/** An endpoint's documentation, but for what its other middleware says. */
export interface Operation<A extends Answers = Answers> {
  /** The operationId: a verb and a noun, for the names of generated clients' functions. */
  id: string;
  summary: string;
  description?: string;
  tag: keyof typeof tags;
  /** What path parameters and headers mean that don't explain themselves. */
  params?: Record<string, string>;
  headers?: Record<string, string>;
  /** A body that no `jsonBody` reads, or that says more than its schema there. */
  body?: { schema: z.ZodMiniType; required?: boolean; form?: boolean } | Content;
  /** Each of them will do. An API key is told by `requireKey`. */
  security?: Credential[];
  answers: A;
  /** The failures that can't be concluded from the rest, by status. */
  errors?: Partial<Record<number, ErrorCode[]>>;
}

/** What a middleware says of the routes it is part of. */
export interface Mark {
  operation?: Operation;
  /** Our own pages' requests: no part of the API. */
  internal?: true;
  body?: z.ZodMiniType;
  query?: z.ZodMiniType;
  /** The API key's scopes; none: an unrestricted key. */
  apiKey?: { scopes: string[]; administrator?: true };
}

const marks = new WeakMap<object, Mark>();

/** Notes what a handler says of its routes. */
export function mark<T extends object>(handler: T, said: Mark): T {
  marks.set(handler, said);
  return handler;
}

/** What a handler says of its routes. */
export function markOf(handler: object): Mark {
  return marks.get(handler) ?? {};
}

/** Hono's environment behind `describe`. */
export interface DescribedEnv<A extends Answers> {
  // Optional, so that a context that has it still goes where one without it is asked for.
  Variables: { answers?: A };
}

/** Documents a route, and declares what it answers: `answer` sends that and nothing more. */
export function describe<const A extends Answers>(
  operation: Operation<A>,
): MiddlewareHandler<DescribedEnv<A>> {
  const handler: MiddlewareHandler<DescribedEnv<A>> = (c, next) => {
    c.set('answers', operation.answers);
    return next();
  };
  return mark(handler, { operation });
}

/** Keeps routes out of the document: those only our own pages call. */
export const internal: MiddlewareHandler = mark((_c, next) => next(), { internal: true });
