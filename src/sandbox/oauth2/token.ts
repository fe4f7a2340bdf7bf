import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { endGrant, findGrant, type Granted, lifetimes, replaceGrant } from '../grants.ts';
import { callbackPath, type Parameters, readForm } from '../parameters.ts';
import type { Sandbox, SandboxContext } from '../provider.ts';
import { accessTokenSeconds, grantedScopes, outageRetrySeconds } from '../scenarios.ts';
import { refuseClient, type TokenError, tokenError } from './client.ts';

/** A successful answer (RFC 6749 §5.1). */
interface TokenAnswer {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token: string;
  scope: string;
}

type Result = { ok: true; answer: TokenAnswer } | { ok: false; failure: TokenError };

/** POST: the token endpoint (RFC 6749 §3.2). */
export async function answerToken(c: SandboxContext): Promise<Response> {
  const form = await readForm(c);
  if (!form) return tokenError(c, badRequest('The body is not a form.'));
  if (form.repeated.length > 0) return tokenError(c, badRequest('A parameter is there more than once.'));
  const stranger = await refuseClient(c.req.header('authorization'), form);
  if (stranger) return tokenError(c, stranger);
  const result = await redeem(c.var.sandbox, form);
  if (!result.ok) return tokenError(c, result.failure);
  return c.json(result.answer, 200, { 'Cache-Control': 'no-store', Pragma: 'no-cache' });
}

async function redeem(sandbox: Sandbox, form: Parameters): Promise<Result> {
  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') return redeemCode(sandbox, form);
  if (grantType === 'refresh_token') return redeemRefreshToken(sandbox, form);
  if (grantType === null) return refused(badRequest('grant_type is missing.'));
  return refused({
    status: 400,
    error: 'unsupported_grant_type',
    description: 'The sandbox knows authorization_code and refresh_token.',
  });
}

/** RFC 6749 §4.1.3 with RFC 7636 §4.6. A code that comes back ends what it gave (RFC 6749 §4.1.2). */
async function redeemCode(sandbox: Sandbox, form: Parameters): Promise<Result> {
  const { db } = sandbox;
  const code = form.get('code');
  const redirectUri = form.get('redirect_uri');
  const verifier = form.get('code_verifier');
  if (!code) return refused(badRequest('code is missing.'));
  if (!redirectUri) return refused(badRequest('redirect_uri is missing.'));
  if (!verifier) return refused(badRequest('code_verifier is missing.'));
  const now = sandbox.now();
  const grant = await findGrant(db, now, 'codeHash', code);
  if (grant?.state.stage === 'granted') {
    await endGrant(db, grant.id);
    return refused(invalidGrant('The code was used before, so what it gave has been withdrawn.'));
  }
  if (grant?.state.stage !== 'coded') return refused(invalidGrant('The code is unknown or expired.'));
  const { state } = grant;
  if (callbackPath(redirectUri, sandbox.publicUrl) !== state.callback) {
    return refused(invalidGrant('redirect_uri is not the one of the authorization request.'));
  }
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || (await sha256(verifier)) !== state.codeChallenge) {
    return refused(invalidGrant('code_verifier does not fit the code_challenge.'));
  }
  if (state.scenario === 'refuses') {
    await endGrant(db, grant.id);
    return refused({
      status: 401,
      error: 'invalid_client',
      description: 'The sandbox was asked to refuse this.',
    });
  }
  const { account, scenario } = state;
  const scopes = grantedScopes(state.scopes, scenario);
  const issued = await issue({ account, scenario, scopes }, now, randomSecret('sandbox_refresh_'));
  if (await replaceGrant(db, grant, issued.row)) return { ok: true, answer: issued.answer };
  await endGrant(db, grant.id);
  return refused(invalidGrant('The code was used twice at once, so what it gave has been withdrawn.'));
}

/**
 * RFC 6749 §6 with rotation: a refresh token is `<family>.<turn>`. The family finds the grant, one turn of it is
 * good, and any other one means that a token is in two hands, which ends the grant (RFC 9700 §4.14.2).
 */
async function redeemRefreshToken(sandbox: Sandbox, form: Parameters): Promise<Result> {
  const { db } = sandbox;
  const token = form.get('refresh_token');
  if (!token) return refused(badRequest('refresh_token is missing.'));
  const [family = '', turn = ''] = token.split('.');
  const now = sandbox.now();
  const grant = await findGrant(db, now, 'refreshHash', family);
  if (grant?.state.stage !== 'granted')
    return refused(invalidGrant('The refresh token is unknown or has ended.'));
  const { account, scenario, scopes, turnHash } = grant.state;
  if (scenario === 'outage') return refused(outage);
  if (scenario === 'withdrawn') return refused(invalidGrant('The person has withdrawn access.'));
  if (token !== `${family}.${turn}` || (await sha256(turn)) !== turnHash) {
    await endGrant(db, grant.id);
    return refused(invalidGrant('The refresh token was used before, so the grant has been withdrawn.'));
  }
  const asked = form.get('scope')?.split(' ').filter(Boolean) ?? [];
  if (asked.some((scope) => !scopes.includes(scope))) {
    return refused({
      status: 400,
      error: 'invalid_scope',
      description: 'A refresh can not widen the grant.',
    });
  }
  const issued = await issue({ account, scenario, scopes }, now, family);
  if (await replaceGrant(db, grant, issued.row)) return { ok: true, answer: issued.answer };
  await endGrant(db, grant.id);
  return refused(invalidGrant('The refresh token was used twice at once, so the grant has been withdrawn.'));
}

/** Makes an access token and the family's next refresh token, and the row that knows them by their hashes. */
async function issue(grant: Pick<Granted, 'account' | 'scenario' | 'scopes'>, now: number, family: string) {
  const seconds = grant.scenario === 'expires' ? accessTokenSeconds.expires : accessTokenSeconds.usual;
  const accessToken = randomSecret('sandbox_access_');
  const turn = randomSecret();
  const state: Granted = {
    stage: 'granted',
    protocol: 'oauth2',
    ...grant,
    accessExpiresAt: now + seconds * 1000,
    turnHash: await sha256(turn),
  };
  const answer: TokenAnswer = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: seconds,
    refresh_token: `${family}.${turn}`,
    scope: grant.scopes.join(' '),
  };
  const accessHash = await sha256(accessToken);
  const refreshHash = await sha256(family);
  return { answer, row: { state, accessHash, refreshHash, expiresAt: now + lifetimes.grant } };
}

const outage: TokenError = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'The sandbox was asked to be down for this grant.',
  headers: { 'Retry-After': String(outageRetrySeconds) },
};

function refused(failure: TokenError): Result {
  return { ok: false, failure };
}

function badRequest(description: string): TokenError {
  return { status: 400, error: 'invalid_request', description };
}

function invalidGrant(description: string): TokenError {
  return { status: 400, error: 'invalid_grant', description };
}
