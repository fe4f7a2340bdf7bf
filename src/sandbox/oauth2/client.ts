import { equalSecrets } from '../../crypto/hash.ts';
import type { Parameters } from '../parameters.ts';
import type { SandboxContext } from '../provider.ts';
import { pacer } from '../sources.ts';

/** Why a token or revocation request fails: RFC 6749 §5.2, and 503 for the outage that can be asked for. */
export interface TokenError {
  status: 400 | 401 | 503;
  error: string;
  description: string;
  headers?: Record<string, string>;
}

/** An error in the form of RFC 6749 §5.2. */
export function tokenError(c: SandboxContext, failure: TokenError): Response {
  return c.json({ error: failure.error, error_description: failure.description }, failure.status, {
    'Cache-Control': 'no-store',
    ...(failure.status === 401 ? { 'WWW-Authenticate': 'Basic realm="sandbox"' } : {}),
    ...failure.headers,
  });
}

/**
 * Checks who is asking, by HTTP Basic or by the form (RFC 6749 §2.3.1).
 *
 * @returns null for the sandbox's own OAuth 2 client
 */
export async function refuseClient(
  authorization: string | undefined,
  form: Parameters,
): Promise<TokenError | null> {
  const basic = authorization === undefined ? null : readBasic(authorization);
  if (authorization !== undefined && !basic) {
    return {
      status: 401,
      error: 'invalid_client',
      description: 'The Authorization header is not HTTP Basic.',
    };
  }
  const formId = form.get('client_id');
  const formSecret = form.get('client_secret');
  if (basic && (formSecret !== null || (formId !== null && formId !== basic.id))) {
    return {
      status: 400,
      error: 'invalid_request',
      description: 'The client authenticates in two ways at once.',
    };
  }
  const known = await equalSecrets(basic?.id ?? formId ?? '', pacer.clientId);
  const right = await equalSecrets(basic?.secret ?? formSecret ?? '', pacer.clientSecret);
  if (known && right) return null;
  return { status: 401, error: 'invalid_client', description: 'Unknown client, or a wrong client secret.' };
}

/** Both halves are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(header: string): { id: string; secret: string } | null {
  const credentials = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (!credentials) return null;
  try {
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(atob(credentials)) ?? [];
    return id === undefined || secret === undefined
      ? null
      : { id: formDecoded(id), secret: formDecoded(secret) };
  } catch {
    return null;
  }
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
