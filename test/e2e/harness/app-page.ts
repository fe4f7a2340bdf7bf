import { inject } from 'vitest';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';

/** One callback of connect.js as the page saw it. */
export interface RecordedCall {
  callback: 'success' | 'exit' | 'event';
  specialToken?: string;
  error?: { error: string; error_description: string } | null;
  name?: string;
  metadata: { runId: string; sources: { id: string; slug: string; name: string }[] };
}

declare global {
  interface Window {
    recordedCalls: RecordedCall[];
  }
}

/**
 * Serves an application's pages: `/` has the button **Connect**, takes `clientId`, `clientUserId`, `sessionToken` and
 * `mode` from its query and keeps every callback in `window.recordedCalls`; `/frame?src=…` shows another page in an
 * iframe. One server answers under every name below `localhost`, so it is many sites.
 */
export function serveApplicationPages(): Promise<LoopbackServer> {
  const { origin } = inject('worker');
  return serveOnLoopback((request, response) => {
    const url = new URL(request.url ?? '/', 'http://application.invalid');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url.pathname === '/') response.end(connectPage(origin));
    else if (url.pathname === '/frame') response.end(framePage(url.searchParams.get('src') ?? ''));
    else response.writeHead(404).end();
  });
}

/** The address of an application's page for one of its users. */
export function applicationPageUrl(origin: string, query: Record<string, string>): string {
  const url = new URL('/', origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function connectPage(trivetOrigin: string): string {
  return `<!doctype html>
<html lang="en">
<title>Application</title>
<button type="button" id="connect">Connect</button>
<script src="${trivetOrigin}/connect.js"></script>
<script>
  window.recordedCalls = [];
  const query = new URLSearchParams(location.search);
  const options = {
    clientId: query.get('clientId'),
    clientUserId: query.get('clientUserId'),
    onSuccess: (specialToken, metadata) => recordedCalls.push({ callback: 'success', specialToken, metadata }),
    onExit: (error, metadata) => recordedCalls.push({ callback: 'exit', error, metadata }),
    onEvent: (name, metadata) => recordedCalls.push({ callback: 'event', name, metadata }),
  };
  for (const name of ['sessionToken', 'mode']) if (query.has(name)) options[name] = query.get(name);
  const connect = Connect.create(options);
  document.querySelector('#connect').addEventListener('click', () => connect.open());
</script>
</html>`;
}

function framePage(src: string): string {
  const escaped = src.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
<title>Embedding page</title>
<iframe title="Application" src="${escaped}" width="600" height="300"></iframe>
</html>`;
}
