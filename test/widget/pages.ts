import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the user may do at the provider, and what its redirect back then says. */
const answers = {
  connected: { result: 'connected' },
  denied: { result: 'denied' },
  failed: { result: 'failed' },
  'as somebody else': { result: 'failed', error: 'account_mismatch' },
  down: { result: 'failed', error: 'temporarily_unavailable' },
};

/** The provider: asks, and sends the browser back with the answer. `coop` severs the opener. */
export function serveProvider(
  request: IncomingMessage,
  response: ServerResponse,
  serviceOrigin: string,
): void {
  const url = new URL(request.url ?? '/', 'http://provider');
  const link = ([result, values]: [string, Record<string, string>]) => {
    const query = new URLSearchParams({ ...Object.fromEntries(url.searchParams), ...values });
    return `<a href="${serviceOrigin}/callback?${query}">${result}</a>`;
  };
  response.writeHead(200, {
    'content-type': 'text/html',
    ...(url.searchParams.has('coop') && { 'cross-origin-opener-policy': 'same-origin' }),
  });
  response.end(`<!doctype html><title>Provider</title>${Object.entries(answers).map(link).join(' ')}`);
}

const record = `
  window.calls = [];
  window.callbacks = {
    onSuccess: (specialToken, metadata) => calls.push({ name: 'success', specialToken, metadata }),
    onExit: (error, metadata) => calls.push({ name: 'exit', error, metadata }),
    onEvent: (event, metadata) => calls.push({ name: 'event', event, metadata }),
    onLoad: () => calls.push({ name: 'load' }),
  };
  for (const type of ['success', 'exit', 'event'])
    document.addEventListener('connect:' + type, (event) => calls.push({ name: type, by: event.target.id, ...event.detail }));
`;

/**
 * The application's pages: `/` with the classic script, `/module` with the ES module, `/frame?src=` around another
 * page; `?coop` sends Cross-Origin-Opener-Policy: same-origin. `create(options)` in the page makes `window.connect`,
 * whose `open()` is the button Connect; calls are kept in `window.calls`.
 */
export function serveApplication(
  request: IncomingMessage,
  response: ServerResponse,
  serviceOrigin: string,
): void {
  const url = new URL(request.url ?? '/', 'http://application');
  const begin = `
    window.create = (options) => {
      window.connect = Connect.create({ clientId: 'shop', clientUserId: 'ada', ...callbacks, ...options });
    };
    create(${url.searchParams.get('options') ?? '{}'});
    document.getElementById('connect').onclick = () => connect.open();
  `;
  const scripts =
    url.pathname === '/module'
      ? `<script type="module">import Default, { Connect, create as c, open } from '${serviceOrigin}/connect.mjs';
           window.same = Default === Connect && c === Connect.create && open === Connect.open;
           window.Connect = Connect; ${begin}</script>`
      : `<script src="${serviceOrigin}/connect.js"></script><script>${begin}</script>`;
  const body =
    url.pathname === '/frame'
      ? `<iframe src="${url.searchParams.get('src')}" width="600" height="300"></iframe>`
      : `<button id="connect">Connect</button>
         <button id="markup" data-connect data-client-id="shop" data-client-user-id="ada">Connect by markup</button>
         <script>${record}</script>${scripts}`;
  response.writeHead(200, {
    'content-type': 'text/html',
    ...(url.searchParams.has('coop') && { 'cross-origin-opener-policy': 'same-origin' }),
  });
  response.end(`<!doctype html><title>Shop</title>${body}`);
}
