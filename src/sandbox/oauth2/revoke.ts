import { endGrant, findGrant } from '../grants.ts';
import { readForm } from '../parameters.ts';
import type { SandboxContext } from '../provider.ts';
import { refuseClient, tokenError } from './client.ts';

/**
 * POST: revocation (RFC 7009). Either kind of token ends the grant with both; an unknown one is answered
 * with 200 too, since what the client wants is so already (§2.2). The hint is of no use to us.
 */
export async function answerRevocation(c: SandboxContext): Promise<Response> {
  const { db, now } = c.var.sandbox;
  const form = await readForm(c);
  const token = form?.get('token');
  if (!form || form.repeated.length > 0) {
    return tokenError(c, {
      status: 400,
      error: 'invalid_request',
      description: 'The body is not a sound form.',
    });
  }
  const stranger = await refuseClient(c.req.header('authorization'), form);
  if (stranger) return tokenError(c, stranger);
  if (!token)
    return tokenError(c, { status: 400, error: 'invalid_request', description: 'token is missing.' });
  const [byAccess, byRefresh] = await Promise.all([
    findGrant(db, now(), 'accessHash', token),
    findGrant(db, now(), 'refreshHash', token.split('.')[0] ?? ''),
  ]);
  const grant = byAccess ?? byRefresh;
  if (grant?.state.stage === 'granted') await endGrant(db, grant.id);
  return c.body(null, 200, { 'Cache-Control': 'no-store' });
}
