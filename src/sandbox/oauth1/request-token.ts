import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { seal } from '../../crypto/seal.ts';
import { addGrant, lifetimes } from '../grants.ts';
import { callbackPath } from '../parameters.ts';
import type { SandboxContext } from '../provider.ts';
import { answerForm, showOAuth1Problem } from './problem.ts';
import { secretPlace, verifyRequest } from './verify-request.ts';

/** POST: temporary credentials (RFC 5849 §2.1). */
export async function answerRequestToken(c: SandboxContext): Promise<Response> {
  const { db, now, publicUrl, encryptionKeys } = c.var.sandbox;
  const verification = await verifyRequest(c, 'none');
  if (!verification.ok) return showOAuth1Problem(c, verification.failure);
  const requested = verification.parameters.get('oauth_callback');
  if (!requested) {
    return showOAuth1Problem(c, {
      status: 400,
      problem: 'parameter_absent',
      advice: 'Missing: oauth_callback.',
    });
  }
  const callback = callbackPath(requested, publicUrl);
  if (!callback) {
    return showOAuth1Problem(c, {
      status: 400,
      problem: 'parameter_rejected',
      advice: 'oauth_callback is not the callback of this deployment.',
    });
  }
  const token = randomSecret('sandbox_temporary_');
  const secret = randomSecret();
  const sealedTokenSecret = await seal(encryptionKeys, secret, secretPlace(token));
  await addGrant(db, {
    state: { stage: 'temporary', protocol: 'oauth1', callback, sealedTokenSecret },
    codeHash: await sha256(token),
    expiresAt: now() + lifetimes.asked,
  });
  return answerForm(
    c,
    new URLSearchParams({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' }),
  );
}
