/**
 * Where the user is sent, from the auth host and the auth URL on it; '' where they don't make a URL. A place in braces
 * stays one.
 */
export function fullAuthUrl(authHost: string, authUrl: string): string {
  if (authUrl.trim() === '') return '';
  const url = URL.parse(authUrl.trim(), URL.parse(authHost.trim())?.href);
  return url?.href.replaceAll('%7B', '{').replaceAll('%7D', '}') ?? '';
}
