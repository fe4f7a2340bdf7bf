/** What a provider's metadata document says, as far as it matters to us. */
export interface ServerMetadata {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint: string | null;
  userinfoEndpoint: string | null;
  tokenEndpointAuthMethods: string[];
  codeChallengeMethods: string[];
  /** Whether every authorization response carries `iss` (RFC 9207 §3). */
  issParameterSupported: boolean;
  scopesSupported: string[];
}

export type DiscoveryFailure =
  | { kind: 'not_an_object' }
  | { kind: 'issuer_mismatch' }
  | { kind: 'malformed_field'; field: string };

const requiredUrls = ['authorization_endpoint', 'token_endpoint'] as const;
const optionalUrls = ['revocation_endpoint', 'userinfo_endpoint'] as const;
const lists = [
  'token_endpoint_auth_methods_supported',
  'code_challenge_methods_supported',
  'scopes_supported',
] as const;

/** The fields we read, once `findMalformedField` has seen them. */
type MetadataFields = Record<(typeof requiredUrls)[number], string> &
  Partial<Record<(typeof optionalUrls)[number], string | null>> &
  Partial<Record<(typeof lists)[number], string[] | null>> & {
    authorization_response_iss_parameter_supported?: unknown;
  };

/**
 * Where an issuer's metadata may be: appended to it (OpenID Connect Discovery 1.0 §4), then inserted
 * before its path (RFC 8414 §3).
 *
 * @throws TypeError where the issuer isn't an absolute URL
 */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/**
 * Reads a metadata document (RFC 8414 §2). Its issuer must equal the given one, character by character
 * (§3.3). Whether the endpoints' hosts may be called is for the caller to decide.
 *
 * @param json what the document parsed to
 */
export function parseServerMetadata(
  json: unknown,
  issuer: string,
): { ok: true; metadata: ServerMetadata } | { ok: false; failure: DiscoveryFailure } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, failure: { kind: 'not_an_object' } };
  }
  const fields = json as Record<string, unknown>;
  if (fields.issuer !== issuer) return { ok: false, failure: { kind: 'issuer_mismatch' } };
  const field = findMalformedField(fields);
  if (field !== undefined) return { ok: false, failure: { kind: 'malformed_field', field } };
  return { ok: true, metadata: readMetadata(fields as MetadataFields, issuer) };
}

/** An optional field that is `null` counts as absent. */
function findMalformedField(fields: Record<string, unknown>): string | undefined {
  return (
    requiredUrls.find((name) => !isHttpUrl(fields[name])) ??
    optionalUrls.find((name) => (fields[name] ?? null) !== null && !isHttpUrl(fields[name])) ??
    lists.find((name) => !isListOfText(fields[name] ?? []))
  );
}

function readMetadata(fields: MetadataFields, issuer: string): ServerMetadata {
  return {
    issuer,
    authorizationEndpoint: fields.authorization_endpoint,
    tokenEndpoint: fields.token_endpoint,
    revocationEndpoint: fields.revocation_endpoint ?? null,
    userinfoEndpoint: fields.userinfo_endpoint ?? null,
    tokenEndpointAuthMethods: fields.token_endpoint_auth_methods_supported ?? ['client_secret_basic'],
    codeChallengeMethods: fields.code_challenge_methods_supported ?? [],
    issParameterSupported: fields.authorization_response_iss_parameter_supported === true,
    scopesSupported: fields.scopes_supported ?? [],
  };
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
