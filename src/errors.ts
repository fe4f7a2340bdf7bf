/** Every error code that goes over the wire, with its HTTP status. OAuth's own where OAuth has one. */
const statusOf = {
  invalid_request: 400,
  invalid_grant: 400,
  unsupported_media_type: 415,
  payload_too_large: 413,
  invalid_client: 401,
  invalid_token: 401,
  access_denied: 403,
  insufficient_scope: 403,
  origin_not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  run_ended: 409,
  rate_limited: 429,
  server_error: 500,
  server_misconfigured: 500,
  provider_error: 502,
  temporarily_unavailable: 503,
  provider_timeout: 504,
} as const;

export type ErrorCode = keyof typeof statusOf;

/** One fault of a body: where (a JSON path in dots), and what is wrong with it. */
export interface Fault {
  path: string;
  message: string;
}

interface FailureOptions {
  details?: Fault[];
  headers?: Record<string, string>;
  /** For the log alone. */
  cause?: unknown;
  /** Where a code is answered with another status than its usual one. */
  status?: number;
}

/** The one error a route throws. `description` is public: vague where an attacker reads it. */
export class Failure extends Error {
  override name = 'Failure';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Fault[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, description: string, options: FailureOptions = {}) {
    super(description, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statusOf[code];
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

/** The body of every failure, as the contract has it. */
export function errorBody(failure: Failure, requestId: string) {
  return {
    error: failure.code,
    error_description: failure.message,
    request_id: requestId,
    ...(failure.details ? { details: failure.details } : {}),
  };
}

/** A resource that isn't there, or isn't the caller's: the two can't be told apart. */
export function notFound(what: string): Failure {
  return new Failure('not_found', `There is no ${what} with this id here.`);
}
