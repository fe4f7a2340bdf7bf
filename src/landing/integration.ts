// Your server's half, in web standards: these two functions fit Hono, Next.js, Deno, Bun and Workers as they are.

/** What your server has at hand when a request comes in. */
export interface Server {
  trivetUrl: string;
  /** From your application's secrets. No browser ever sees it. */
  clientSecret: string;
  fetch(url: URL, init: RequestInit): Promise<Response>;
  /** Whoever is signed in to your application, and what you have saved about them. */
  user: { id: string; accessToken: string | null; save(saved: Saved): Promise<void> };
}

interface Saved {
  userCode: string;
  accessToken: string;
}

/** What you read at each provider you offer, by the provider's id. */
const providers: Record<string, { name: string; path: string }> = {
  '5c1ebbbcb13b47508fb1f37504e8982c': { name: 'Pacer (sandbox)', path: 'steps' },
  '0de49235616d410e8eddbf9c8eb0eb51': { name: 'Darkroom (sandbox)', path: 'photos' },
  c7d0b0a57e0f4c8f9b6d8a4a1f5e2c93: { name: 'Treadmill (sandbox)', path: 'steps' },
  '4f1d3be29c684ab6a0d97b85c2e6f014': { name: 'Scrapbook (sandbox)', path: 'photos' },
};

/** `POST /example/connected`: step 3, your page brings a specialToken. */
export async function connected(request: Request, { trivetUrl, clientSecret, user, fetch }: Server) {
  const { specialToken } = (await request.json()) as { specialToken: string };

  // Step 4. Name the user you have signed in, and nobody can connect an account as somebody else.
  const answer = await fetch(new URL('/connect/tokens', trivetUrl), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ specialToken, clientSecret, clientUserId: user.id }),
  });
  if (!answer.ok) return answer;

  // Step 5. Save both. The access token stays on your server.
  const { userCode, accessToken } = (await answer.json()) as Saved;
  await user.save({ userCode, accessToken });
  return Response.json({ connected: true });
}

/** `GET /example/data`: step 6, whatever this user's accounts hold. */
export async function data(_request: Request, { trivetUrl, user, fetch }: Server) {
  if (user.accessToken === null) return Response.json({ accounts: [] });
  const headers = { Authorization: `Bearer ${user.accessToken}` };
  const answer = await fetch(new URL('/user', trivetUrl), { headers });
  if (!answer.ok) return answer;
  const { connections } = (await answer.json()) as { connections: { id: string; provider_id: string }[] };

  // The provider's own API, signed for the user: OAuth 2 and OAuth 1.0a look the same from here.
  const read = async (connectionId: string, providerId: string, path: string) => {
    const url = new URL(`/proxy/${providerId}/${path}`, trivetUrl);
    const response = await fetch(url, { headers: { ...headers, 'X-Connection-Id': connectionId } });
    return { status: response.status, body: await response.json() };
  };
  const accounts = connections.map(async ({ id, provider_id }) => {
    const { name, path } = providers[provider_id] ?? { name: provider_id, path: 'me' };
    const [profile, records] = await Promise.all([read(id, provider_id, 'me'), read(id, provider_id, path)]);
    return { id, provider: name, profile, records };
  });
  return Response.json({ accounts: await Promise.all(accounts) });
}
