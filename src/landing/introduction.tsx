import { blank } from '../built/blanks.ts';
import { Mark } from '../page/mark.tsx';

/** The line at the top: whose page this is, and which deployment. */
export function Masthead({ sandbox }: { sandbox: boolean }) {
  return (
    <header class="masthead">
      <span class="brandname">
        <Mark />
        Trivet
      </span>
      <span class="deployment">
        <code>{blank('host')}</code>
        {sandbox ? <span class="pill">Sandbox on</span> : null}
      </span>
    </header>
  );
}

/** What Trivet is. */
export function Introduction({ sandbox }: { sandbox: boolean }) {
  return (
    <section class="introduction">
      <div>
        <h1>Your users’ other accounts, connected to your app</h1>
        <p class="lead">
          Trivet asks your users for access to what they keep at other services, by OAuth 2 or OAuth 1.0a, and
          calls those services for you.
        </p>
        <p class="muted">
          You add a button to a page and two functions to a server. The popup, the providers’ dialects,
          encrypted storage and token refresh all happen in this one Cloudflare Worker, and your server holds
          a single access token per user.
          {sandbox
            ? ' Two made-up providers are built in, so you can walk the whole way now, without an account anywhere.'
            : null}
        </p>
      </div>
      <Legs />
    </section>
  );
}

/** The mark, with what stands on its three legs. */
function Legs() {
  return (
    <svg class="legs" viewBox="0 0 360 232" aria-hidden="true">
      <path d="M72 64a108 44 0 1 0 216 0a108 44 0 1 0-216 0M180 108v84M180 108L64 176M180 108l116 68" />
      <text class="ring" x="180" y="70">
        Trivet
      </text>
      <text x="64" y="202">
        Your page
      </text>
      <text x="180" y="218">
        Their accounts
      </text>
      <text x="296" y="202">
        Your server
      </text>
    </svg>
  );
}
