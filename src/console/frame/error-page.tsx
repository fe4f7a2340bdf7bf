import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import type { Failure } from '../../errors.ts';
import { outsidePage } from './page.tsx';

/** Whether an error is answered as a page of the console. */
export function isConsolePath(path: string): boolean {
  return path === '/console' || path.startsWith('/console/');
}

/** An error in the console's look: what happened, what it means, what to do next, and the request's id. */
export function consoleErrorPage(c: Context<AppEnv>, failure: Failure): Promise<Response> {
  const signedIn = 'session' in c.var;
  const isSignIn =
    c.req.path.startsWith('/console/sign-in/') || (!signedIn && failure.code === 'access_denied');
  const { title, meaning, next } = isSignIn ? explainSignIn(failure) : explain(failure);
  return outsidePage(
    c,
    { title, status: failure.status },
    <>
      <p>{meaning}</p>
      <p>{next}</p>
      <p>
        <a class="button" href={signedIn ? '/console' : '/console/sign-in'}>
          {signedIn ? 'To the console' : 'To the sign-in page'}
        </a>
      </p>
      <p class="muted">
        Request <code>{c.var.requestId}</code>
      </p>
    </>,
  );
}

function explain(failure: Failure): { title: string; meaning: string; next: string } {
  if (failure.status === 404) {
    return {
      title: 'There is nothing here',
      meaning: 'It may have been deleted, or it belongs to another account.',
      next: 'Check the address, or start again from the console.',
    };
  }
  if (failure.status >= 500) {
    return {
      title: 'Something went wrong on our side',
      meaning: failure.code === 'server_error' ? 'What you did may not have been saved.' : failure.message,
      next: 'Go back and try again. If it stays, quote the request below.',
    };
  }
  return {
    title: failure.status === 403 ? 'You can’t do this' : 'This can’t be done',
    meaning: failure.message,
    next: 'Nothing was changed. Go back, reload the page and try again.',
  };
}

function explainSignIn(failure: Failure): { title: string; meaning: string; next: string } {
  if (failure.code === 'server_error' || failure.status === 404) return explain(failure);
  return {
    title: 'You are not signed in',
    meaning: failure.message,
    next: 'Start again from the sign-in page, or choose another way in.',
  };
}
