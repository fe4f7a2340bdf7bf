import { profileOf } from './accounts.ts';
import { showPage } from './consent/page.tsx';
import { keys, logins } from './credentials.ts';
import type { SandboxContext } from './provider.ts';

/** Where the people of the sandbox find what they type in the popup. */
export function showKeys(c: SandboxContext): Response | Promise<Response> {
  return showPage(
    c,
    200,
    'Keys and passwords of the sandbox',
    <div class="keys">
      <h1>Keys and passwords of the sandbox</h1>
      <p class="muted">Copy one into the popup. Anything else is refused, so that you can see that, too.</p>
      <section>
        <h2>Treadmill: keys</h2>
        <dl>
          {keys.map(({ account, key }) => (
            <div>
              <dt>{profileOf(account).name}</dt>
              <dd>
                <code>{key}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>Scrapbook: user names and passwords</h2>
        <dl>
          {logins.map(({ account, username, password }) => (
            <div>
              <dt>{profileOf(account).name}</dt>
              <dd>
                <code>{username}</code>
              </dd>
              <dd>
                <code>{password}</code>
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>,
  );
}
