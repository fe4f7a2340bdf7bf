import type { Context } from 'hono';
import { html } from 'hono/html';
import type { AppEnv } from '../context.ts';
import { Page } from '../page/page.tsx';
import { pageSecurity } from '../page/security.ts';

/**
 * What a browser sees whose callback we can't go on with: no authorization of this browser matches it.
 * Nothing is spent and nobody is redirected.
 */
export function lostCallbackPage(c: Context<AppEnv>, params: URLSearchParams): Promise<Response> {
  const denied =
    params.has('denied') ||
    /access_denied|user_refused/.test(params.get('error') ?? params.get('oauth_problem') ?? '');
  pageSecurity(c);
  return c.html(
    <Page title="Start again">
      <h1>{denied ? 'Nothing was connected' : 'This link can’t be used here'}</h1>
      <p>
        {denied
          ? 'You chose not to share. Close this window, or start again from the application you came from.'
          : 'It belongs to another browser, was used before, or took longer than ten minutes. Nothing was connected. Go back to the application you came from and start again.'}
      </p>
      <p class="muted">
        Request <code>{c.var.requestId}</code>
      </p>
    </Page>,
    400,
  ) as Promise<Response>;
}

/**
 * A provider that answers by a cross-site POST (`form_post`): the browser left our Lax cookie out. This
 * page posts the same fields again, from our own origin, where the cookie is sent.
 */
export function repostPage(
  c: Context<AppEnv>,
  params: URLSearchParams,
  repostedField: string,
): Promise<Response> {
  const nonce = pageSecurity(c, { formAction: true });
  return c.html(
    <Page title="Connecting">
      <form method="post" action={new URL(c.req.url).pathname}>
        {[...params].map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name={repostedField} value="1" />
        <h1>One more step</h1>
        <p>Press Continue to finish connecting.</p>
        <button type="submit" class="button">
          Continue
        </button>
      </form>
      <script nonce={nonce}>{html`document.forms[0].submit()`}</script>
    </Page>,
  ) as Promise<Response>;
}
