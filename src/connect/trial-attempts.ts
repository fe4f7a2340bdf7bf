import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError } from '../outbound/outbound.ts';
import type { Definition, OAuth1Definition, OAuth2Definition } from '../sources/definition.ts';
import type { OAuth2Offer } from '../sources/offer.ts';
import { obtainTokens } from './obtain-tokens.ts';
import type { AuthorizationState } from './state.ts';
import type { Attempt, Exchange } from './trial-record.ts';
import type { Recorder } from './trial-recorder.ts';

// Where a provider refuses, the same request is made once more with one field of the definition changed: what it
// says then tells which one is wrong.

/** A field of a definition with another value. */
export interface Departure<D> {
  attempt: Attempt;
  definition: D;
}

const ours = 'Trivet';

/** What is worth trying at a token endpoint that refused, the likeliest first. */
function tokenDepartures(
  definition: OAuth2Definition,
  method: string | undefined,
  { answer }: Exchange,
): Departure<OAuth2Definition>[] {
  if (!answer) return [];
  const said = saidBy(answer);
  const departures: Departure<OAuth2Definition>[] = [];
  const depart = (field: string, value: string, change: Partial<OAuth2Definition>) =>
    departures.push({ attempt: { field, value }, definition: { ...definition, ...change } });
  if (answer.status === 403 && !hasUserAgent(definition.token_headers)) {
    depart('token_headers', `User-Agent=${ours}`, {
      token_headers: { ...definition.token_headers, 'User-Agent': ours },
    });
  }
  if (method !== 'none' && (answer.status === 401 || /client/i.test(said))) {
    const other = method === 'client_secret_post' ? 'client_secret_basic' : 'client_secret_post';
    depart('token_auth_method', other, { token_auth_method: other });
  }
  const isAboutForm = /content.?type|media.?type|json|form|grant_type|pars/i.test(said);
  if (answer.status === 415 || (answer.status === 400 && (isAboutForm || answer.fields.length === 0))) {
    const other = definition.token_body_format === 'json' ? 'form' : 'json';
    depart('token_body_format', other, { token_body_format: other });
  }
  return departures.slice(0, 2);
}

/**
 * Makes a refused token request again, changed.
 *
 * @param method how the client authenticated
 * @param exchange the refused one
 * @returns the tokens it brought, which have to be revoked
 */
export async function attemptTokens(
  parts: AppEnv['Variables'],
  offer: OAuth2Offer,
  method: string,
  exchange: Exchange,
  { state, params, recorder }: { state: AuthorizationState; params: URLSearchParams; recorder: Recorder },
): Promise<TokenSet[]> {
  for (const { attempt, definition } of tokenDepartures(offer.source.definition, method, exchange)) {
    recorder.expect(['token'], attempt);
    const changed = { ...offer, source: { ...offer.source, definition } };
    const obtained = await unlessUnreachable(() => obtainTokens(parts, changed, state, params));
    if (obtained?.ok) return [obtained.tokens];
  }
  return [];
}

/** What is worth trying at an API that refused a token. */
export function apiDepartures(
  definition: Definition,
  { answer, headers }: Exchange,
): Departure<Definition>[] {
  if (!answer || definition.type === 'none') return [];
  const { api_headers: apiHeaders } = definition;
  const departures: Departure<Definition>[] = [];
  const withHeader = (name: string, value: string) =>
    departures.push({
      attempt: { field: 'api_headers', value: `${name}=${value}` },
      definition: { ...definition, api_headers: { ...apiHeaders, [name]: value } },
    });
  if (answer.status === 403 && !headers.some(([name]) => name === 'user-agent'))
    withHeader('User-Agent', ours);
  if (answer.status !== 401 || definition.type !== 'oauth2') return departures;
  if (Object.values(apiHeaders ?? {}).some((value) => value.includes('{access_token}'))) return departures;
  const said = saidBy(answer);
  const [, scheme] = /(?:^|\n)www-authenticate: ([\w-]+)/i.exec(said) ?? [];
  const [own] = /\bx-[a-z-]*(?:token|auth|key)[a-z-]*\b/i.exec(said) ?? [];
  if (own) withHeader(own, '{access_token}');
  else if (scheme && !/^(bearer|basic)$/i.test(scheme))
    withHeader('Authorization', `${scheme} {access_token}`);
  const other = definition.signature === 'parameter' ? 'header' : 'parameter';
  departures.push({
    attempt: { field: 'signature', value: other },
    definition: { ...definition, signature: other },
  });
  return departures.slice(0, 2);
}

/** The signature methods worth trying where a provider took none of ours. */
export function signatureDepartures(definition: OAuth1Definition): Departure<OAuth1Definition>[] {
  const others = (['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'] as const).filter(
    (method) => method !== definition.signature_method && definition.signature_method !== 'RSA-SHA1',
  );
  return others.map((value) => ({
    attempt: { field: 'signature_method', value },
    definition: { ...definition, signature_method: value },
  }));
}

/** What an answer says: body and headers in one text. */
function saidBy({ body, headers }: NonNullable<Exchange['answer']>): string {
  return [body, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
}

/** Null where the provider can't be asked: the recorder knows why. */
export async function unlessUnreachable<T>(step: () => Promise<T>): Promise<T | null> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof OutboundError) return null;
    throw error;
  }
}

function hasUserAgent(headers: Record<string, string> = {}): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
}
