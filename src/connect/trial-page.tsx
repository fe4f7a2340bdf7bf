import type { Context } from 'hono';
import type { AppEnv } from '../context.ts';
import { Page } from '../page/page.tsx';
import { pageSecurity } from '../page/security.ts';

/** What a developer sees who tries a source, and came back with a callback that matches nothing. */
export function lostTrialPage(c: Context<AppEnv>, trial: string): Promise<Response> {
  pageSecurity(c);
  return c.html(
    <Page title="The callback can’t be matched">
      <h1>The callback can’t be matched</h1>
      <p>
        The provider sent you back, and nothing in this browser belongs to what it sent. The test knows what
        came, and what to do about it.
      </p>
      <p>
        <a class="button" href={trial}>
          Back to the test
        </a>
      </p>
      <p class="muted">
        Request <code>{c.var.requestId}</code>
      </p>
    </Page>,
    400,
  ) as Promise<Response>;
}
