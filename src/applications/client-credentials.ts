import { Failure } from '../errors.ts';
import { normalizeId } from '../validation.ts';

/** What an application's server identifies itself with. */
export interface ClientCredentials {
  /** Null: the secret finds the application. */
  clientId: string | null;
  clientSecret: string;
}

/**
 * Reads client credentials from HTTP Basic (RFC 6749 §2.3.1: both parts form-urlencoded) or from the body.
 *
 * @throws Failure `invalid_request` where both are used, `invalid_client` where there is no secret
 */
export function readClientCredentials(
  authorization: string | undefined,
  body: { clientId?: string | undefined; clientSecret?: string | undefined },
): ClientCredentials {
  const basic = /^Basic +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) {
    if (!body.clientSecret) throw invalidClient('Send your clientSecret in the body, or with HTTP Basic.');
    return { clientId: readClientId(body.clientId), clientSecret: body.clientSecret };
  }
  if (body.clientSecret !== undefined) {
    throw new Failure('invalid_request', 'Send your clientSecret in one place: the body, or HTTP Basic.');
  }
  const parts = decodeBasic(basic);
  const clientId = readClientId(parts.id || body.clientId);
  if (body.clientId !== undefined && readClientId(body.clientId) !== clientId) {
    throw invalidClient('The clientId of the body and that of HTTP Basic differ.');
  }
  return { clientId, clientSecret: parts.secret };
}

/** The one answer to an unknown client, an unknown secret, and the two together. */
export function invalidClient(description = 'The client credentials are not known here.'): Failure {
  return new Failure('invalid_client', description, {
    headers: { 'WWW-Authenticate': 'Basic realm="trivet"' },
  });
}

function readClientId(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  const id = normalizeId(text);
  if (!id) throw invalidClient();
  return id;
}

function decodeBasic(encoded: string): { id: string; secret: string } {
  try {
    const [id = '', ...rest] = atob(encoded).split(':');
    const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
    return { id: decode(id), secret: decode(rest.join(':')) };
  } catch {
    throw invalidClient('The Authorization header is not HTTP Basic.');
  }
}
