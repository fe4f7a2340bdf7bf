import type { AppEnv } from '../../context.ts';
import { readIdToken, readKeys } from './exchange.ts';
import { type Identity, makeIdentity, signInFailure } from './identity.ts';

const label = 'Cloudflare Access';

/**
 * Who Cloudflare Access let through.
 *
 * @param assertion the header `Cf-Access-Jwt-Assertion`, which anyone could send where Access isn't in between
 * @throws Failure where it isn't the word of this team on this application
 */
export async function readAssertion(
  parts: AppEnv['Variables'],
  assertion: string | undefined,
): Promise<Identity> {
  const { access } = parts.config.signIn;
  if (!access || !assertion) {
    throw signInFailure('access_denied', `This request did not come through ${label}.`, 'no_assertion');
  }
  const claims = await readIdToken(label, assertion, {
    issuer: access.team,
    clientId: access.audience,
    nonce: null,
    now: parts.now(),
    keys: await readKeys(parts, label, new URL('/cdn-cgi/access/certs', access.team).href),
  });
  return makeIdentity({
    issuer: access.team,
    subject: claims.sub,
    names: [claims.name],
    email: claims.email,
    // Access lets people in by the address that its own identity provider vouches for.
    emailVerified: true,
  });
}
