import { sha256 } from '../../crypto/hash.ts';
import { randomSecret } from '../../crypto/random.ts';
import { accounts } from '../accounts.ts';
import { type Asked, addGrant, lifetimes } from '../grants.ts';
import type { SandboxContext } from '../provider.ts';
import { scenariosFor } from '../scenarios.ts';
import { showPage } from './page.tsx';

const scopeTexts: Record<string, string> = {
  profile: 'Your name and email address',
  steps: 'Your steps of the last 7 days',
  'heart-rate': 'Your heart rate of the last 7 days',
};

const providers = {
  oauth2: { name: 'Pacer', kind: 'A step counter that does not exist' },
  oauth1: { name: 'Darkroom', kind: 'A photo album that does not exist' },
};

/** Keeps the request until it has been decided on, and asks the person. */
export async function showConsent(c: SandboxContext, asked: Asked): Promise<Response> {
  const { db, now } = c.var.sandbox;
  const pending = randomSecret('sandbox_pending_');
  const expiresAt = now() + lifetimes.asked;
  await addGrant(db, { state: asked, codeHash: await sha256(pending), expiresAt });
  const title = `Share your ${providers[asked.protocol].name} data?`;
  return showPage(c, 200, title, <Consent asked={asked} pending={pending} action={c.req.path} />);
}

function Consent({ asked, pending, action }: { asked: Asked; pending: string; action: string }) {
  const { name, kind } = providers[asked.protocol];
  const scopes = asked.protocol === 'oauth2' ? asked.scopes : [];
  const shared =
    asked.protocol === 'oauth2'
      ? scopes.map((scope) => scopeTexts[scope] ?? scope)
      : ['Your name and email address', 'Your photos'];
  return (
    <form method="post" action={action}>
      <input type="hidden" name="pending" value={pending} />
      <header>
        <span class="mark" aria-hidden="true">
          {name.charAt(0)}
        </span>
        <div>
          <h1>Share your {name} data?</h1>
          <p class="muted">{kind}</p>
        </div>
      </header>
      <section>
        <h2>Trivet asks to read</h2>
        <ul>
          {shared.map((text) => (
            <li>{text}</li>
          ))}
        </ul>
      </section>
      <Accounts />
      <Scenarios scopes={scopes} />
      <footer>
        <button type="submit" name="decision" value="allow" class="primary">
          Allow
        </button>
        <button type="submit" name="decision" value="deny">
          Deny
        </button>
      </footer>
    </form>
  );
}

function Accounts() {
  return (
    <fieldset class="accounts">
      <legend>As whom?</legend>
      {accounts.map((account, index) => (
        <label>
          <input type="radio" name="account" value={account.id} checked={index === 0} />
          <span>
            <strong>{account.name}</strong>
            <span class="muted">{account.email}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Scenarios({ scopes }: { scopes: string[] }) {
  return (
    <details>
      <summary>Test a failure</summary>
      <fieldset class="scenarios">
        <legend>What should happen after you allow?</legend>
        {scenariosFor(scopes).map((scenario, index) => (
          <label>
            <input type="radio" name="scenario" value={scenario.id} checked={index === 0} />
            <span>
              {scenario.label}
              <span class="muted">{scenario.effect}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}
