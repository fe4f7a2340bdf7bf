import type { Problem } from '../protocol.ts';
import type { Options } from './options.ts';
import { challengeOf } from './run-secret.ts';

/** A call that failed. `final` where asking again would bring the same answer. */
export interface CallFailure {
  problem: Problem;
  final: boolean;
}

/** POSTs JSON to the service, by CORS and without cookies. Rejects with a `CallFailure`. */
export async function call(base: string, path: string, body: object): Promise<Record<string, unknown>> {
  let response: Response | undefined;
  let answer: Record<string, unknown>;
  try {
    response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      keepalive: true,
    });
    answer = await response.json();
    if (response.ok) return answer;
  } catch {
    throw {
      problem: {
        error: response ? 'server_error' : 'network_error',
        error_description: response ? `${base} answered ${response.status}` : `${base} could not be reached`,
      },
      final: false,
    } satisfies CallFailure;
  }
  const { status } = response;
  throw {
    problem: answer as unknown as Problem,
    final: status < 500 && status !== 429,
  } satisfies CallFailure;
}

/** Starts a run from this page. Rejects with a `CallFailure`. */
export async function startSession(
  base: string,
  { clientId, clientUserId }: Options,
  runSecret: string,
  returnUrl?: string,
): Promise<{ sessionToken: string; connectUrl: string }> {
  const challenge = await challengeOf(runSecret);
  const answer = await call(base, '/connect/sessions', { clientId, clientUserId, challenge, returnUrl });
  return { sessionToken: String(answer.sessionToken), connectUrl: String(answer.connectUrl) };
}

/** The run a session token belongs to. */
export function runIdOf(sessionToken: string): string {
  return sessionToken.split('.')[0] ?? '';
}

/** Why a run can't be started from this page at all, or null where it can. */
export function insecureContext(): Problem | null {
  if (globalThis.crypto?.subtle) return null;
  return {
    error: 'insecure_context',
    error_description: `Connect needs https (or localhost): browsers withhold WebCrypto from ${location.origin}`,
  };
}
