import type { AppEnv } from '../context.ts';
import type { Fault } from '../errors.ts';
import { metadataUrls, parseServerMetadata } from '../oauth/oauth2/discovery.ts';
import { refuseUrl } from '../outbound/allowed-url.ts';
import { OutboundError, readText } from '../outbound/outbound.ts';
import type { Discovered, OAuth2Definition } from './definition.ts';

const maxBytes = 256 * 1024;

/**
 * Finds an issuer's endpoints by OpenID Connect Discovery 1.0 or RFC 8414, once, when the source is defined.
 *
 * @returns what was found, or the fault of the field `issuer`
 */
export async function discover(
  { outbound, config }: AppEnv['Variables'],
  issuer: string,
  wanted: OAuth2Definition['token_auth_method'],
): Promise<{ ok: true; discovered: Discovered['discovered'] } | { ok: false; fault: Fault }> {
  const refuse = (message: string) => ({ ok: false, fault: { path: 'issuer', message } }) as const;
  let lastFault = 'publishes no metadata';
  for (const url of metadataUrls(issuer)) {
    let body: string;
    try {
      const response = await outbound(new Request(url, { headers: { Accept: 'application/json' } }), {
        timeoutMs: 5_000,
      });
      body = await readText(response, maxBytes, 5_000);
      if (response.status !== 200) {
        lastFault = `publishes no metadata: ${url} answered ${response.status}`;
        continue;
      }
    } catch (cause) {
      if (!(cause instanceof OutboundError)) throw cause;
      return refuse(`could not be reached: ${cause.message}`);
    }
    const parsed = parseServerMetadata(parseJson(body), issuer);
    if (!parsed.ok) {
      lastFault = `publishes metadata that can't be used: ${describe(parsed.failure)}`;
      continue;
    }
    const { metadata } = parsed;
    const endpoints = [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.revocationEndpoint];
    for (const endpoint of endpoints) {
      const target = endpoint === null ? null : URL.parse(endpoint);
      const reason =
        endpoint === null ? null : target ? refuseUrl(target, config) : 'must be an absolute URL';
      if (reason) return refuse(`names the endpoint ${endpoint}, which ${reason}`);
    }
    const authMethod = wanted ?? chooseAuthMethod(metadata.tokenEndpointAuthMethods);
    return {
      ok: true,
      discovered: {
        auth_url: metadata.authorizationEndpoint,
        access_token_url: metadata.tokenEndpoint,
        ...(metadata.revocationEndpoint ? { revocation_url: metadata.revocationEndpoint } : {}),
        ...(authMethod ? { token_auth_method: authMethod } : {}),
        iss_required: metadata.issParameterSupported,
      },
    };
  }
  return refuse(lastFault);
}

function chooseAuthMethod(supported: string[]): OAuth2Definition['token_auth_method'] {
  return (['client_secret_basic', 'client_secret_post', 'none'] as const).find((method) =>
    supported.includes(method),
  );
}

function describe(failure: { kind: string; reason?: string }): string {
  return failure.reason ?? failure.kind.replaceAll('_', ' ');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
