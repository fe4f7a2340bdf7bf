/** What a token or credentials endpoint answered, read from the wire (within a cap) by whoever fetched it. */
export interface EndpointAnswer {
  status: number;
  contentType: string | null;
  body: string;
  /** When the answer arrived, in milliseconds. */
  now: number;
  /** The header `Retry-After`. */
  retryAfter?: string | null | undefined;
  /** The header `WWW-Authenticate`, where OAuth 1.0a may explain a refusal. */
  wwwAuthenticate?: string | null | undefined;
}
