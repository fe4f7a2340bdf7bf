import { escapeHtml } from './html.ts';

const listing = (text: string) => `<pre><code>${escapeHtml(text)}</code></pre>`;

/** What the operations don't say one by one. */
export const guide = [
  {
    id: 'credentials',
    title: 'Who calls',
    html: `<p>The management API takes <code>Authorization: Bearer</code> and an API key. The first key is the deployment’s <code>ADMIN_TOKEN</code>; others are made in the console or with <code>POST /keys</code>, limited to scopes if you like. An application’s server exchanges specialTokens with its <code>clientSecret</code>, and reads its user’s data with the <code>accessToken</code> it gets.</p>`,
  },
  {
    id: 'failures',
    title: 'Failures',
    html: `<p>Every failure is JSON with a fitting status. <code>details</code> lists all faults of a body at once. Quote <code>request_id</code> when something stays wrong: the log has the rest under it.</p>${listing(
      `{"error": "invalid_request", "error_description": "…", "request_id": "…",
 "details": [{"path": "origins.0", "message": "must be an origin"}]}`,
    )}<p>Somebody else’s resource is <code>404 not_found</code>. A Connection whose grant the provider has ended answers calls with <code>409 invalid_grant</code>: the user has to connect again. <code>503 temporarily_unavailable</code> comes with <code>Retry-After</code>.</p>`,
  },
  {
    id: 'lists',
    title: 'Lists and ids',
    html: `<p>Lists are bare JSON arrays, newest first. <code>limit</code> is 100 unless you say otherwise, 1,000 at most; the next page is in the <code>Link</code> header (<code>rel="next"</code>). Ids are 32 lowercase hex digits, and accepted with hyphens too. Instants are ISO 8601 in UTC.</p>`,
  },
  {
    id: 'fresh-tokens',
    title: 'Calls and fresh tokens',
    html: `<p>A call through <code>/proxy</code> or <code>/data</code> goes out with a token that is fresh: one near its end is refreshed first, once, however many calls arrive at the same moment. A call without a body is repeated after a 429 or 503 with <code>Retry-After</code> (ten seconds in all, at most), and once after a 401, with refreshed tokens. A call with a body is sent once.</p><p>With an access token, <code>:source</code> finds the user’s newest Connection; <code>X-Connection-Id</code> picks another. With an API key, <code>X-Connection-Id</code> is required.</p>`,
  },
  {
    id: 'webhooks',
    title: 'Verifying webhooks',
    html: `<p>Deliveries are signed as <a href="https://www.standardwebhooks.com/">Standard Webhooks</a> has it; any library of theirs verifies them. The same event keeps its <code>webhook-id</code> over every attempt, so that you can tell a repetition. Answer with a 2xx within ten seconds; anything else is tried again for three days, and events of one Connection come in order.</p>${listing(
      `import { Webhook } from 'standardwebhooks';

const event = new Webhook(process.env.TRIVET_WEBHOOK_SECRET).verify(await request.text(), {
  'webhook-id': request.headers.get('webhook-id'),
  'webhook-timestamp': request.headers.get('webhook-timestamp'),
  'webhook-signature': request.headers.get('webhook-signature'),
});`,
    )}`,
  },
  {
    id: 'opener',
    title: 'The popup and your page',
    html: `<p>A page that embeds the widget must not send <code>Cross-Origin-Opener-Policy: same-origin</code>, which cuts the popup off before the two can shake hands. <code>same-origin-allow-popups</code> is fine, and redirect mode needs no popup at all.</p>`,
  },
];
