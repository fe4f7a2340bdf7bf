import type { Context } from 'hono';
import { html } from 'hono/html';
import type { AppEnv } from '../context.ts';
import type { Failure } from '../errors.ts';
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
  // The callback behind it may send the browser on, and browsers hold a form to where it ends up.
  const nonce = pageSecurity(c, { formAction: "'self' https: http:" });
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

/** A link that can't be followed. */
export function linkProblemPage(c: Context<AppEnv>, problem: 'spent' | 'unreachable', source?: string) {
  pageSecurity(c);
  const unreachable = problem === 'unreachable';
  return c.html(
    <Page title={unreachable ? 'Try again' : 'Start again'}>
      <h1>{unreachable ? `${source} can’t be reached right now` : 'This link can’t be used any more'}</h1>
      <p>
        {unreachable
          ? 'Nothing was connected. Open the link again in a few minutes.'
          : 'It was used before, or is older than a day. Go back to the application you came from and start again.'}
      </p>
      <p class="muted">
        Request <code>{c.var.requestId}</code>
      </p>
    </Page>,
    unreachable ? 502 : 404,
  ) as Promise<Response>;
}

/** A developer who borrows the platform's credentials is named before the provider's page, which can't name them. */
export function lentCredentialsPage(c: Context<AppEnv>, developer: string, source: string) {
  pageSecurity(c, { formAction: "'self' https: http:" });
  return c.html(
    <Page title={`Connect ${source}`}>
      <h1>Connect {source}</h1>
      <p>
        <strong>{developer}</strong> asks for access to your {source} account. Go on only if you came from
        there.
      </p>
      <form method="post">
        <button type="submit" class="button">
          Continue to {source}
        </button>
      </form>
    </Page>,
  ) as Promise<Response>;
}

/** An error that nobody expected, where a person and not a program is looking. */
export function errorPage(c: Context<AppEnv>, failure: Failure) {
  pageSecurity(c);
  return c.html(
    <Page title="Something went wrong">
      <h1>{failure.status >= 500 ? 'Something went wrong on our side' : 'This can’t be done here'}</h1>
      <p>
        {failure.status >= 500
          ? 'Nothing was connected. Reload this page; if that doesn’t help, go back to the application you came from and start again.'
          : failure.message}
      </p>
      <p class="muted">
        Request <code>{c.var.requestId}</code>
      </p>
    </Page>,
    failure.status as 500,
  ) as Promise<Response>;
}
