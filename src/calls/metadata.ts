import { locate } from '../connections/identity.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import { metadataEndpoint } from '../sources/map-endpoint.ts';
import { openEnvironment } from '../sources/map-secrets.ts';
import { callbackParameter, fillMetadataUrl, holdsMetadata } from '../sources/metadata-places.ts';
import { apiOf, type Offer } from '../sources/offer.ts';
import { buildEndpointCall, type EndpointCall } from './endpoint-call.ts';
import { signedRequest } from './sign.ts';

const timeoutMs = 4_000;
const maxBytes = 256 * 1024;

/** What came of a metadata call: what it answered, or why it answered nothing. */
type Answered = { status: number; mediaType: string } | OutboundError;

interface Fetched {
  /** `{}` where the call failed: a Connection doesn't depend on it. */
  metadata: Record<string, unknown>;
  answered: Answered;
}

/**
 * Asks a provider who has just connected, with the user's own fresh token.
 *
 * @returns null where the source names no metadata endpoint
 */
async function fetchMetadata(
  parts: AppEnv['Variables'],
  offer: Offer,
  tokens: TokenSet,
  kept: Readonly<Record<string, string>>,
): Promise<Fetched | null> {
  const call = await metadataCall(parts, offer, kept);
  if (call === null) return null;
  const { request, secrets } = await signedRequest(call, offer, tokens, parts);
  if (!request.headers.has('Accept')) request.headers.set('Accept', 'application/json');
  if (!request.headers.has('User-Agent')) request.headers.set('User-Agent', 'Trivet');
  try {
    const response = await parts.outbound(request, { timeoutMs, sandbox: offer.source.sandbox });
    const mediaType = (response.headers.get('Content-Type') ?? '').split(';')[0] ?? '';
    const answered = { status: response.status, mediaType: mediaType.trim().toLowerCase() };
    const text = await readText(response, maxBytes, timeoutMs);
    return { metadata: response.ok ? parseObject(text, secrets) : {}, answered };
  } catch (error) {
    if (error instanceof OutboundError) return { metadata: {}, answered: error };
    throw error;
  }
}

/** Shorter than this, a text that equals the credential is one by chance. */
const minSecretLength = 16;

/**
 * A JSON object, or `{}` where a text is none. Some providers repeat a user's API key in the profile: metadata is
 * kept in clear, so it goes.
 */
function parseObject(text: string, secrets: string[]): Record<string, unknown> {
  const isSecret = (value: unknown) =>
    typeof value === 'string' && value.length >= minSecretLength && secrets.includes(value);
  try {
    const parsed: unknown = JSON.parse(text, (_, value: unknown) => (isSecret(value) ? undefined : value));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The metadata call of a map's document, which may have templates, or of a definition's `metadata_url`. */
async function metadataCall(
  { config }: AppEnv['Variables'],
  offer: Offer,
  kept: Readonly<Record<string, string>>,
): Promise<EndpointCall | null> {
  const { source } = offer;
  const endpoints = apiOf(offer, config.publicUrl);
  const endpoint = source.document ? metadataEndpoint(source.document) : null;
  if (endpoint) {
    const environment = await openEnvironment(source, config);
    const values = { parameters: {}, headers: new Headers(), environment, metadata: kept };
    const built = buildEndpointCall(endpoint, endpoints.api.href, values);
    return built.ok ? built.call : null;
  }
  const { metadata_url, metadata_method: method = 'GET', metadata_body: body } = source.definition;
  const url = metadata_url === undefined ? null : fillMetadataUrl(metadata_url, endpoints.api.href, kept);
  if (url === null) return null;
  if (method === 'GET' || body === undefined) return { method, url, headers: new Headers(), body: null };
  return { method, url, headers: new Headers({ 'Content-Type': 'application/json' }), body };
}

/** What a source's metadata says of who connected. */
export interface RemoteAccount {
  metadata: Record<string, unknown> | null;
  /** What of it the provider itself has said. */
  known: Record<string, unknown> | null;
  /** The remote account, where the source says where it stands. */
  uniqueValue: string | null;
  name: string | null;
  /** How the provider took the credential; null where it was asked nothing. */
  answered: Answered | null;
}

/**
 * Learns who has just connected.
 *
 * @param kept what the callback brought besides
 */
export async function identifyAccount(
  parts: AppEnv['Variables'],
  offer: Offer,
  tokens: TokenSet,
  kept: Readonly<Record<string, string>>,
): Promise<RemoteAccount> {
  const { metadata: fetched, answered } = (await fetchMetadata(parts, offer, tokens, kept)) ?? {
    metadata: null,
    answered: null,
  };
  const { definition } = offer.source;
  const { uniqueness, default_name: defaultName } = definition;
  const told = definition.type === 'oauth2' ? pick(tokens.extra, definition.token_metadata ?? []) : {};
  // What came with the tokens is the provider's own word, too; what came with the callback may be anybody's.
  const known = fetched || Object.keys(told).length > 0 ? { ...told, ...fetched } : null;
  const metadata = known || Object.keys(kept).length > 0 ? { ...kept, ...known } : null;
  const parameter = callbackParameter(uniqueness);
  // The provider has answered for it where the token was asked about it.
  const isConfirmed =
    parameter !== null &&
    holdsMetadata(definition.metadata_url, parameter) &&
    Object.keys(fetched ?? {}).length > 0;
  const confirmed = isConfirmed ? kept[parameter] || null : null;
  return {
    metadata,
    known,
    uniqueValue: parameter !== null ? confirmed : uniqueness ? locate(known, uniqueness) : null,
    name: defaultName ? (locate(known, defaultName)?.slice(0, 200) ?? null) : null,
    answered,
  };
}

function pick(from: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
