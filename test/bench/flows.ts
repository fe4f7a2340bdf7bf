import { createHash, randomBytes } from 'node:crypto';
import { ask, Browser } from './machine/client.ts';
import type { Setup } from './setup.ts';

/** grant: start, provider, callback, and the page that has the tokens. */
export async function walkGrant(origin: string): Promise<void> {
  const { url, answer } = await new Browser().navigate(`${origin}/connect/bench`);
  if (answer.status !== 200 || url !== `${origin}/final`) throw ended(url, answer);
}

/** Makes a Connection and the link that sends its user to the provider. */
export async function makeLink({ worker, provider, adminToken, sourceId }: Setup): Promise<string> {
  const made = await ask<{ redirectUrl: string }>(`${worker.origin}/maps/${sourceId}/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    body: { redirect_url: `${provider.origin}/back` },
  });
  return made.redirectUrl;
}

/** Trivet: the link, provider, callback, and the developer's page, which is told of the Connection. */
export async function walkLink({ provider }: Setup, link: string): Promise<void> {
  const { url, answer } = await new Browser().navigate(link);
  const { origin, pathname, searchParams } = new URL(url);
  const arrived = origin === provider.origin && pathname === '/back' && searchParams.has('connection_code');
  if (answer.status !== 200 || !arrived) throw ended(url, answer);
}

function ended(url: string, { status, text }: { status: number; text: string }): Error {
  return new Error(`A flow ended at ${url}: ${status} ${text}`);
}

interface Exchanged {
  accessToken: string;
  connections: string[];
}

/** Names a step of a run while it is performed. */
type Observe = <T>(step: string, perform: () => Promise<T>) => Promise<T>;

const unobserved: Observe = (_step, perform) => perform();

/**
 * The widget's run without its popup, up to where the application's server exchanges.
 *
 * @returns what is exchanged: the body of `POST /connect/tokens`
 */
export async function finishRun(
  setup: Setup,
  clientUserId: string,
  observe: Observe = unobserved,
): Promise<Record<string, string>> {
  const { worker, application, sourceId, page } = setup;
  const browser = new Browser();
  const runSecret = randomBytes(32).toString('base64url');
  const own = { origin: worker.origin };
  const post = async <T>(path: string, body: object): Promise<T> => {
    const answer = await browser.send(`${worker.origin}${path}`, { method: 'POST', headers: own, body });
    if (answer.status !== 200) throw ended(path, answer);
    return JSON.parse(answer.text) as T;
  };
  const { sessionToken } = await observe('session', () =>
    ask<{ sessionToken: string }>(`${worker.origin}/connect/sessions`, {
      method: 'POST',
      headers: { origin: page },
      body: {
        clientId: application.clientId,
        clientUserId,
        challenge: createHash('sha256').update(runSecret).digest('base64url'),
      },
    }),
  );
  const run = `/connect/runs/${sessionToken.split('.')[0]}`;
  await observe('bind', () => post('/connect/bind', { sessionToken, runSecret, origin: page }));
  await observe('view', () => browser.send(`${worker.origin}${run}`, { headers: own }));
  const { redirectUrl } = await observe('authorize', () =>
    post<{ redirectUrl: string }>(`${run}/authorize`, { source: sourceId }),
  );
  const consented = await browser.send(redirectUrl);
  await observe('callback', () => browser.send(consented.location ?? ''));
  const { handle } = await observe('finish', () => post<{ handle: string }>(`${run}/finish`, {}));
  return { specialToken: `${handle}.${runSecret}`, ...application, clientUserId };
}

/** The application's server exchanges. */
export function exchange({ worker }: Setup, body: Record<string, string>): Promise<Exchanged> {
  return ask(`${worker.origin}/connect/tokens`, { method: 'POST', body });
}

/** A user with one Connection, and the access token to call with. */
export async function connectUser(
  setup: Setup,
  clientUserId: string,
  observe: Observe = unobserved,
): Promise<Exchanged> {
  const body = await finishRun(setup, clientUserId, observe);
  return observe('exchange', () => exchange(setup, body));
}
