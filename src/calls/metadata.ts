import { locate } from '../connections/identity.ts';
import type { AppEnv } from '../context.ts';
import type { TokenSet } from '../oauth/token-set.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import { resolveEndpoints } from '../sources/endpoints.ts';
import { type Offer, openClientSecret } from '../sources/offer.ts';
import { signCall } from './sign.ts';

const timeoutMs = 4_000;
const maxBytes = 256 * 1024;

/**
 * Asks a provider who has just connected, with the user's own fresh token.
 *
 * @returns null where the source names no metadata endpoint, `{}` where it failed: a Connection
 *   doesn't depend on it
 */
async function fetchMetadata(
  { outbound, config, now }: AppEnv['Variables'],
  offer: Offer,
  tokens: TokenSet,
): Promise<Record<string, unknown> | null> {
  const url = resolveEndpoints(offer.source, config.publicUrl).metadata;
  if (url === null) return null;
  const registration = {
    clientId: offer.clientId,
    openConsumerSecret: () => openClientSecret(offer, config),
  };
  const signed = await signCall({ method: 'GET', url }, offer.source.definition, tokens, registration, now());
  const headers = new Headers({ Accept: 'application/json', 'User-Agent': 'Trivet' });
  if (signed.authorization) headers.set('Authorization', signed.authorization);
  try {
    const response = await outbound(new Request(signed.url, { headers }), {
      timeoutMs,
      sandbox: offer.source.sandbox,
    });
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
  const fetched = await fetchMetadata(parts, offer, tokens);
  const { uniqueness, default_name: defaultName } = offer.source.definition;
  const metadata = fetched || Object.keys(kept).length > 0 ? { ...kept, ...fetched } : null;
  return {
    metadata,
    uniqueValue: uniqueness ? locate(fetched, uniqueness) : null,
    name: defaultName ? (locate(fetched, defaultName)?.slice(0, 200) ?? null) : null,
  };
}
