import { equalSecrets } from '../../crypto/hash.ts';
import { open, SealError } from '../../crypto/seal.ts';
import { claimNonce, findGrant, type Grant } from '../grants.ts';
import { isForm, readText } from '../parameters.ts';
import type { Sandbox, SandboxContext } from '../provider.ts';
import { darkroom } from '../sources.ts';
import type { Problem } from './problem.ts';
import { expectedSignature, type SignatureMethod, signatureMethods } from './signature.ts';

/** Which credentials a request is signed with besides the client's, by the column that finds them. */
type Credentials = 'none' | 'temporary' | 'token';

type Verification =
  | { ok: true; parameters: ReadonlyMap<string, string>; grant: Grant | null }
  | { ok: false; failure: Problem };

/** Seconds that a client's clock may be off. */
const clockSkewSeconds = 300;

/**
 * Verifies a signed request (RFC 5849 §3.2). Protocol parameters are read from the Authorization header alone
 * (§3.5.1).
 *
 * @returns the protocol parameters, and the grant whose token signed it, whatever stage that is at
 */
export async function verifyRequest(c: SandboxContext, credentials: Credentials): Promise<Verification> {
  const { sandbox } = c.var;
  const parameters = readAuthorization(c.req.header('authorization') ?? '');
  if (!parameters) return refused(400, 'parameter_rejected', 'The Authorization header is not well-formed.');
  const malformed = refuseParameters(parameters, credentials);
  if (malformed) return { ok: false, failure: malformed };
  const method = signatureMethods.find((known) => known === parameters.get('oauth_signature_method'));
  if (!method) return refused(400, 'signature_method_rejected', `Sign with ${signatureMethods.join(', ')}.`);
  if (parameters.get('oauth_consumer_key') !== darkroom.clientId) {
    return refused(401, 'consumer_key_unknown', 'The client ID is not the one of this sandbox.');
  }
  const timestamp = parameters.get('oauth_timestamp');
  const nowSeconds = sandbox.now() / 1000;
  if (timestamp !== undefined && Math.abs(Number(timestamp) - nowSeconds) > clockSkewSeconds) {
    return refused(401, 'timestamp_refused', `Clocks may differ by ${clockSkewSeconds} seconds.`);
  }
  const signer = await findSigner(sandbox, credentials, parameters.get('oauth_token') ?? '');
  if (!signer) return refused(401, 'token_rejected', 'The token is unknown or has ended.');
  const expected = await expectedSignature(
    method,
    await signedParts(c, parameters),
    darkroom.clientSecret,
    signer.tokenSecret,
  );
  if (!(await equalSecrets(parameters.get('oauth_signature') ?? '', expected))) {
    return refused(401, 'signature_invalid', 'The signature does not fit the request.');
  }
  // After the signature, so that nobody else can use up a client's nonces.
  if (timestamp !== undefined && !(await claimNonceOf(sandbox, parameters, timestamp))) {
    return refused(401, 'nonce_used', 'This nonce was used before.');
  }
  return { ok: true, parameters, grant: signer.grant };
}

/** Reads `OAuth name="value", …` (RFC 5849 §3.5.1); null where it is anything else or names something twice. */
function readAuthorization(header: string): Map<string, string> | null {
  const list = /^OAuth\s+((?:\s*[^\s=",]+="[^"]*"\s*(?:,|$))+)$/i.exec(header)?.[1];
  if (list === undefined) return null;
  const parameters = new Map<string, string>();
  for (const [, name = '', value = ''] of list.matchAll(/([^\s=",]+)="([^"]*)"/g)) {
    try {
      if (parameters.has(decodeURIComponent(name))) return null;
      parameters.set(decodeURIComponent(name), decodeURIComponent(value));
    } catch {
      return null;
    }
  }
  parameters.delete('realm');
  return parameters;
}

/** RFC 5849 §3.1: what must be there, once, and how it must look. PLAINTEXT needs neither timestamp nor nonce. */
function refuseParameters(parameters: ReadonlyMap<string, string>, credentials: Credentials): Problem | null {
  const version = parameters.get('oauth_version');
  if (version !== undefined && version !== '1.0') {
    return { status: 400, problem: 'version_rejected', advice: 'oauth_version is 1.0 or absent.' };
  }
  const plain: SignatureMethod = 'PLAINTEXT';
  const needed = ['oauth_consumer_key', 'oauth_signature_method', 'oauth_signature'];
  if (credentials !== 'none') needed.push('oauth_token');
  const dated = parameters.has('oauth_timestamp') || parameters.has('oauth_nonce');
  if (dated || parameters.get('oauth_signature_method') !== plain)
    needed.push('oauth_timestamp', 'oauth_nonce');
  const missing = needed.filter((name) => !parameters.get(name));
  if (missing.length > 0) {
    return { status: 400, problem: 'parameter_absent', advice: `Missing: ${missing.join(', ')}.` };
  }
  if (credentials === 'none' && parameters.get('oauth_token')) {
    return { status: 400, problem: 'parameter_rejected', advice: 'There is no token at this step.' };
  }
  const timestamp = parameters.get('oauth_timestamp');
  if (timestamp !== undefined && !/^[1-9][0-9]{0,11}$/.test(timestamp)) {
    return { status: 400, problem: 'parameter_rejected', advice: 'oauth_timestamp counts whole seconds.' };
  }
  return null;
}

async function findSigner(
  sandbox: Sandbox,
  credentials: Credentials,
  token: string,
): Promise<{ grant: Grant | null; tokenSecret: string } | null> {
  if (credentials === 'none') return { grant: null, tokenSecret: '' };
  const column = credentials === 'temporary' ? 'codeHash' : 'accessHash';
  const grant = await findGrant(sandbox.db, sandbox.now(), column, token);
  if (!grant || !('sealedTokenSecret' in grant.state)) return null;
  try {
    return {
      grant,
      tokenSecret: await open(sandbox.encryptionKeys, grant.state.sealedTokenSecret, secretPlace(token)),
    };
  } catch (error) {
    // Sealed under a key that has since been retired: such a token is over.
    if (error instanceof SealError) return null;
    throw error;
  }
}

/** Where a token's secret is sealed to: to the token it belongs to. */
export function secretPlace(token: string): string {
  return `sandbox/${token}/token-secret`;
}

/** The request's address is PUBLIC_URL's, which is what the client was given, whatever proxy stands between. */
async function signedParts(c: SandboxContext, oauthParameters: ReadonlyMap<string, string>) {
  const requested = new URL(c.req.url);
  const url = new URL(requested.pathname + requested.search, c.var.sandbox.publicUrl);
  const form = isForm(c.req.header('content-type')) ? await readText(c) : null;
  return { method: c.req.method, url, oauthParameters, form };
}

/** A nonce is unique among requests with the same timestamp, client and token (RFC 5849 §3.3). */
function claimNonceOf(
  { db }: Sandbox,
  parameters: ReadonlyMap<string, string>,
  timestamp: string,
): Promise<boolean> {
  const key = JSON.stringify([parameters.get('oauth_token') ?? '', timestamp, parameters.get('oauth_nonce')]);
  return claimNonce(db, key, (Number(timestamp) + 2 * clockSkewSeconds) * 1000);
}

function refused(status: Problem['status'], problem: Problem['problem'], advice: string): Verification {
  return { ok: false, failure: { status, problem, advice } };
}
