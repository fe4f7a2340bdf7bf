import { blank } from '../../built/blanks.ts';
import { accounts } from '../accounts.ts';
import { scenariosFor } from '../scenarios.ts';

// The build renders these parts of the consent page. The blanks: `action` and `pending` of the form, and `shared`, the
// items that are asked for.

/** What can be asked for. */
const shareable = {
  profile: 'Your name and email address',
  steps: 'Your steps of the last 7 days',
  'heart-rate': 'Your heart rate of the last 7 days',
  photos: 'Your photos',
};

/** The consent page in parts, as HTML. */
export const consentParts = {
  /** The items of `shared`. */
  shareable: Object.fromEntries(
    Object.entries(shareable).map(([name, text]) => [name, `${<li>{text}</li>}`]),
  ),
  /** The form, for a request for one scope, for several, and for one that has none. */
  one: `${<Consent name="Pacer" kind="A step counter that does not exist" scopes={['one']} />}`,
  several: `${<Consent name="Pacer" kind="A step counter that does not exist" scopes={['one', 'two']} />}`,
  none: `${<Consent name="Darkroom" kind="A photo album that does not exist" scopes={[]} />}`,
};

export type ConsentParts = typeof consentParts;

function Consent({ name, kind, scopes }: { name: string; kind: string; scopes: string[] }) {
  return (
    <form method="post" action={blank('action')}>
      <input type="hidden" name="pending" value={blank('pending')} />
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
        <ul>{blank('shared')}</ul>
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
