import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { showConsent } from '../consent/consent-page.tsx';
import { showProblem } from '../consent/problem-page.tsx';
import { type Asked, addGrant, type Consent, lifetimes } from '../grants.ts';
import { callbackPath, callbackUrl, type Parameters, readParameters } from '../parameters.ts';
import type { Sandbox, SandboxContext } from '../provider.ts';
import { pacer } from '../sources.ts';

type AskedOAuth2 = Extract<Asked, { protocol: 'oauth2' }>;

/** GET: the authorization request (RFC 6749 §4.1.1), answered with the consent page. */
export async function authorizeOAuth2(c: SandboxContext): Promise<Response> {
  const { publicUrl } = c.var.sandbox;
  const request = readParameters(new URL(c.req.url).searchParams);
  // Until client and redirect URI are known to be ours, the browser is sent nowhere (RFC 6749 §4.1.2.1).
  if (request.repeated.includes('client_id') || request.repeated.includes('redirect_uri')) {
    return showProblem(
      c,
      'Pacer does not know who sent you',
      'The client ID or the redirect URI is there twice.',
    );
  }
  if (request.get('client_id') !== pacer.clientId) {
    return showProblem(
      c,
      'Pacer does not know who sent you',
      'The client ID is not the one of this sandbox.',
    );
  }
  const callback = callbackPath(request.get('redirect_uri'), publicUrl);
  if (!callback) {
    return showProblem(
      c,
      'Pacer will not send you there',
      'The redirect URI is not the callback of this Trivet deployment, so you stay here.',
    );
  }
  const state = request.get('state');
  const failure = refuseRequest(request);
  if (failure) {
    const [error, error_description] = failure;
    return c.redirect(callbackUrl(callback, publicUrl, { error, error_description, state }), 302);
  }
  const scopes = requestedScopes(request);
  const codeChallenge = request.get('code_challenge') ?? '';
  return showConsent(c, { stage: 'asked', protocol: 'oauth2', callback, state, scopes, codeChallenge });
}

function refuseRequest(request: Parameters): [error: string, description: string] | null {
  const [twice] = request.repeated;
  if (twice !== undefined) return ['invalid_request', 'A parameter is there more than once.'];
  const type = request.get('response_type');
  if (type === null) return ['invalid_request', 'response_type is missing.'];
  if (type !== 'code') return ['unsupported_response_type', 'The sandbox gives authorization codes alone.'];
  // RFC 7636 §4.4.1. A method left out means `plain`, which isn't supported.
  if (request.get('code_challenge') === null) return ['invalid_request', 'code challenge required'];
  if (request.get('code_challenge_method') !== 'S256') {
    return ['invalid_request', 'transform algorithm not supported'];
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(request.get('code_challenge') ?? '')) {
    return ['invalid_request', 'code_challenge is not a SHA-256 in base64url.'];
  }
  const unknown = requestedScopes(request).some((scope) => !pacer.scopes.some((known) => known === scope));
  return unknown ? ['invalid_scope', `The sandbox knows these scopes: ${pacer.scopes.join(', ')}.`] : null;
}

/** No scope asks for the profile (the default that RFC 6749 §3.3 leaves to the provider). */
function requestedScopes(request: Parameters): string[] {
  const scopes = request.get('scope')?.split(' ').filter(Boolean) ?? [];
  return scopes.length > 0 ? [...new Set(scopes)] : ['profile'];
}

/**
 * The authorization response (RFC 6749 §4.1.2), once the person has decided.
 *
 * @param consent null where they denied it
 * @returns the URL to send the browser to
 */
export async function decideOAuth2(
  sandbox: Sandbox,
  asked: AskedOAuth2,
  consent: Consent | null,
): Promise<string> {
  const { callback, scopes, codeChallenge, state } = asked;
  if (!consent) {
    const denied = { error: 'access_denied', error_description: 'The person chose not to share.', state };
    return callbackUrl(callback, sandbox.publicUrl, denied);
  }
  const code = randomSecret('sandbox_code_');
  await addGrant(sandbox.db, {
    state: { stage: 'coded', protocol: 'oauth2', callback, scopes, codeChallenge, ...consent },
    codeHash: await sha256(code),
    expiresAt: sandbox.now() + lifetimes.code,
  });
  return callbackUrl(callback, sandbox.publicUrl, { code, state });
}
