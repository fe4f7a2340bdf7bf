import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { showConsent } from '../consent/consent-page.tsx';
import { showProblem } from '../consent/problem-page.tsx';
import { type Asked, type Consent, endGrant, findGrant, lifetimes, replaceGrant } from '../grants.ts';
import { callbackUrl, readParameters } from '../parameters.ts';
import type { Sandbox, SandboxContext } from '../provider.ts';

type AskedOAuth1 = Extract<Asked, { protocol: 'oauth1' }>;

/** GET: the person's authorization (RFC 5849 §2.2), answered with the consent page. */
export async function authorizeOAuth1(c: SandboxContext): Promise<Response> {
  const { db, now } = c.var.sandbox;
  const request = readParameters(new URL(c.req.url).searchParams);
  const token = request.repeated.includes('oauth_token') ? null : request.get('oauth_token');
  const grant = token === null ? null : await findGrant(db, now(), 'codeHash', token);
  if (token === null || grant?.state.stage !== 'temporary') {
    return showProblem(
      c,
      'Darkroom does not know this request',
      'Its token is missing, too old, or was decided on already.',
    );
  }
  const { callback } = grant.state;
  return showConsent(c, { stage: 'asked', protocol: 'oauth1', callback, temporaryToken: token });
}

/**
 * Goes back to the callback with a verifier, or with `denied`, as 1.0a providers have it.
 *
 * @param consent null where the person denied it
 * @returns the URL to send the browser to, or null where the request was decided on another page meanwhile
 */
export async function decideOAuth1(
  sandbox: Sandbox,
  asked: AskedOAuth1,
  consent: Consent | null,
): Promise<string | null> {
  const { db, publicUrl } = sandbox;
  const { callback, temporaryToken } = asked;
  const now = sandbox.now();
  const grant = await findGrant(db, now, 'codeHash', temporaryToken);
  if (grant?.state.stage !== 'temporary') return null;
  if (!consent) {
    await endGrant(db, grant.id);
    return callbackUrl(callback, publicUrl, { denied: temporaryToken });
  }
  const { sealedTokenSecret } = grant.state;
  const verifier = randomSecret();
  const decided = await replaceGrant(db, grant, {
    state: {
      stage: 'verified',
      protocol: 'oauth1',
      verifierHash: await sha256(verifier),
      sealedTokenSecret,
      ...consent,
    },
    expiresAt: now + lifetimes.code,
  });
  const answer = { oauth_token: temporaryToken, oauth_verifier: verifier };
  return decided ? callbackUrl(callback, publicUrl, answer) : null;
}
