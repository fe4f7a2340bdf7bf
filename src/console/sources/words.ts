/** What the types of sources are called. */
export const typeNames = {
  oauth2: 'OAuth 2',
  oauth1: 'OAuth 1.0a',
  api_key: 'API key',
  basic: 'User name and password',
  none: 'No authorization',
} as const;

export type SourceType = keyof typeof typeNames;

/** A type as it stands in an address, or null where it is none. */
export function asSourceType(text: string): SourceType | null {
  return Object.hasOwn(typeNames, text) ? (text as SourceType) : null;
}

/** Whether sources of a type have a client at their provider. */
export function hasClient(type: SourceType): boolean {
  return type === 'oauth2' || type === 'oauth1';
}
