import { equalSecrets, sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { seal } from '../../crypto/seal.ts';
import { endGrant, lifetimes, replaceGrant } from '../grants.ts';
import type { SandboxContext } from '../provider.ts';
import { accessTokenSeconds } from '../scenarios.ts';
import { answerForm, type Problem, showOAuth1Problem } from './problem.ts';
import { secretPlace, verifyRequest } from './verify-request.ts';

/** POST: token credentials for temporary ones and a verifier (RFC 5849 §2.3). */
export async function answerAccessToken(c: SandboxContext): Promise<Response> {
  const { db, now, encryptionKeys } = c.var.sandbox;
  const verification = await verifyRequest(c, 'temporary');
  if (!verification.ok) return showOAuth1Problem(c, verification.failure);
  const { grant, parameters } = verification;
  if (grant?.state.stage !== 'verified') return showOAuth1Problem(c, undecided);
  const { account, scenario, verifierHash } = grant.state;
  const verifier = parameters.get('oauth_verifier');
  if (!verifier) {
    return showOAuth1Problem(c, {
      status: 400,
      problem: 'parameter_absent',
      advice: 'Missing: oauth_verifier.',
    });
  }
  if (!(await equalSecrets(await sha256(verifier), verifierHash))) return showOAuth1Problem(c, wrongVerifier);
  if (scenario === 'refuses') {
    await endGrant(db, grant.id);
    return showOAuth1Problem(c, refusedOnDemand);
  }
  const token = randomSecret('sandbox_token_');
  const secret = randomSecret();
  const accessExpiresAt = scenario === 'expires' ? now() + accessTokenSeconds.expires * 1000 : null;
  const sealedTokenSecret = await seal(encryptionKeys, secret, secretPlace(token));
  const claimed = await replaceGrant(db, grant, {
    state: {
      stage: 'credentials',
      protocol: 'oauth1',
      account,
      scenario,
      accessExpiresAt,
      sealedTokenSecret,
    },
    codeHash: null,
    accessHash: await sha256(token),
    expiresAt: now() + lifetimes.grant,
  });
  if (!claimed) return showOAuth1Problem(c, spent);
  return answerForm(c, new URLSearchParams({ oauth_token: token, oauth_token_secret: secret }));
}

const undecided: Problem = {
  status: 401,
  problem: 'permission_unknown',
  advice: 'The person has not decided yet.',
};
const wrongVerifier: Problem = {
  status: 401,
  problem: 'permission_denied',
  advice: 'oauth_verifier is not the one that was given.',
};
const refusedOnDemand: Problem = {
  status: 401,
  problem: 'consumer_key_unknown',
  advice: 'The sandbox was asked to refuse this.',
};
const spent: Problem = {
  status: 401,
  problem: 'token_rejected',
  advice: 'The temporary token was used before.',
};
