import type { SandboxContext } from '../provider.ts';

/**
 * Why a signed request fails. RFC 5849 §3.2: 400 where the request is malformed, 401 where it isn't believed.
 * The names are those of the OAuth Problem Reporting extension, which many 1.0a providers speak.
 */
export interface Problem {
  status: 400 | 401;
  problem:
    | 'parameter_absent'
    | 'parameter_rejected'
    | 'version_rejected'
    | 'signature_method_rejected'
    | 'signature_invalid'
    | 'consumer_key_unknown'
    | 'timestamp_refused'
    | 'nonce_used'
    | 'token_rejected'
    | 'token_expired'
    | 'permission_unknown'
    | 'permission_denied';
  advice: string;
}

/** The challenge that goes with a failure. */
export function challengeOf({ problem }: Problem): string {
  return `OAuth realm="sandbox", oauth_problem="${problem}"`;
}

/** A failure of the two endpoints that hand out credentials: form-encoded, as their successes are. */
export function showOAuth1Problem(c: SandboxContext, failure: Problem): Response {
  const body = new URLSearchParams({ oauth_problem: failure.problem, oauth_problem_advice: failure.advice });
  return answerForm(c, body, failure.status, { 'WWW-Authenticate': challengeOf(failure) });
}

/** A form-encoded answer that nobody keeps. */
export function answerForm(
  c: SandboxContext,
  body: URLSearchParams,
  status: 200 | 400 | 401 = 200,
  headers: Record<string, string> = {},
): Response {
  return c.body(body.toString(), status, {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Cache-Control': 'no-store',
    ...headers,
  });
}
