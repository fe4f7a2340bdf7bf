import { locate } from '../connections/identity.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { metadataEndpoint } from '../sources/map-endpoint.ts';
import { openEnvironment } from '../sources/map-secrets.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';
import { buildEndpointCall, type EndpointCall } from './endpoint-call.ts';
import { isForm, signCall } from './sign.ts';

const timeoutMs = 4_000;
const maxBytes = 256 * 1024;

/**
 * Asks a provider who has just connected, with the user's own fresh token.
 *
 * @returns null where the source names no metadata endpoint, `{}` where it failed: a Connection
 *   doesn't depend on it
 */
async function fetchMetadata(
  parts: AppEnv['Variables'],
  offer: Offer,
  tokens: TokenSet,
  kept: Readonly<Record<string, string>>,
): Promise<Record<string, unknown> | null> {
  const { outbound, config, now } = parts;
  const call = await metadataCall(parts, offer, kept);
  if (call === null) return null;
  const { method, url, body, headers } = call;
  const registration = {
    clientId: offer.clientId,
    openConsumerSecret: () => openClientSecret(offer, config),
  };
  const unsigned = {
    method,
    url,
    formBody: isForm(headers.get('Content-Type')) ? (body ?? undefined) : undefined,
  };
  const signed = await signCall(unsigned, offer.source.definition, tokens, registration, now());
  if (!headers.has('Accept')) headers.set('Accept', 'application/json');
  if (!headers.has('User-Agent')) headers.set('User-Agent', 'Trivet');
  if (signed.authorization) headers.set('Authorization', signed.authorization);
  try {
    const request = new Request(signed.url, { method, headers, body });
    const response = await outbound(request, { timeoutMs, sandbox: offer.source.sandbox });
    const text = await readText(response, maxBytes, timeoutMs);
    const metadata: unknown = response.ok ? JSON.parse(text) : {};
    return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
      ? (metadata as Record<string, unknown>)
      : {};
  } catch (error) {
    if (error instanceof OutboundError || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The metadata call of a map's document, which may have templates, or of a definition's `metadata_url`. */
async function metadataCall(
  { config }: AppEnv['Variables'],
  { source }: Offer,
  kept: Readonly<Record<string, string>>,
): Promise<EndpointCall | null> {
  const endpoints = resolveEndpoints(source, config.publicUrl);
  const endpoint = source.document ? metadataEndpoint(source.document) : null;
  if (endpoint) {
    const environment = await openEnvironment(source, config);
    const values = { parameters: {}, headers: new Headers(), environment, metadata: kept };
    const built = buildEndpointCall(endpoint, endpoints.api.href, values);
    return built.ok ? built.call : null;
  }
  const url = endpoints.metadata;
  return url === null ? null : { method: 'GET', url, headers: new Headers(), body: null };
}

/** What a source's metadata says of who connected. */
export interface RemoteAccount {
  metadata: Record<string, unknown> | null;
  /** The remote account, where the source says where it stands. */
  uniqueValue: string | null;
  name: string | null;
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
  const fetched = await fetchMetadata(parts, offer, tokens, kept);
  const { uniqueness, default_name: defaultName } = offer.source.definition;
  const metadata = fetched || Object.keys(kept).length > 0 ? { ...kept, ...fetched } : null;
  return {
    metadata,
    uniqueValue: uniqueness ? locate(fetched, uniqueness) : null,
    name: defaultName ? (locate(fetched, defaultName)?.slice(0, 200) ?? null) : null,
  };
}
