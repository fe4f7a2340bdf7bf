import { blank } from '../../built/blanks.ts';
import { StepRow } from '../../landing/demonstration.tsx';
import { type Step, steps } from '../../landing/steps.ts';

// The build renders these parts of Try it. Their blanks: `own`, the path of the application's pages, `origin`, `name`,
// `clientId` and `user`.

const own = blank('own');

/** The steps of the landing page, with the console in the place of the example's server. */
const trySteps: Step[] = steps.map((step) => ({
  ...step,
  ...(step.to === 'Trivet, and through it the provider' ? { to: 'Trivet' } : {}),
  payloads: step.payloads.map((payload) => {
    if (payload.id === 'connected') return { ...payload, caption: 'Sends' };
    if (payload.id === 'calls') return { ...payload, names: ['/user'] };
    return payload;
  }),
}));

/** Try it in parts, as HTML. */
export const tryParts = {
  introduction: `${<p class="muted">Connect an account of your own as one of your users would. This page is your page, and the console is your server. The values are real; secrets are shortened.</p>}`,
  /** Where Connect doesn’t open here. */
  addOrigin: `${<AddOrigin />}`,
  /** Where the application offers nothing. */
  chooseSource: `${(
    <div class="notice warning">
      <p>
        There is nothing to connect yet: <a href={`${own}/sources`}>choose a data source</a> first.
      </p>
    </div>
  )}`,
  /** All the rest, and the same where Connect doesn’t open. */
  ready: `${<Trial isReady />}`,
  closed: `${<Trial isReady={false} />}`,
};

export type TryParts = typeof tryParts;

function AddOrigin() {
  return (
    <div class="notice warning">
      <p>
        Connect doesn’t open here yet: <code>{blank('origin')}</code> isn’t one of {blank('name')}’s origins.
        Add it to try, and take it out again under Settings when you are done.
      </p>
      <form method="post" action={`${own}/try/origin`}>
        <button type="submit" class="button">
          Add this origin
        </button>
      </form>
    </div>
  );
}

function Trial({ isReady }: { isReady: boolean }) {
  return (
    <>
      <div
        class="try-it"
        id="try-it"
        data-exchange={`${own}/try/exchange`}
        data-user-page={`${own}/user`}
        data-connection-page="/console/connections"
      >
        <div class="aside">
          <PlayedPage isReady={isReady} />
          <form method="get" action={`${own}/try`} class="lookup">
            <label for="test-user">Test user</label>
            <p class="explanation" id="explanation-test-user">
              Any clientUserId that no real user of yours has.
            </p>
            <div class="row">
              <input
                id="test-user"
                name="user"
                class="mono"
                value={blank('user')}
                maxlength={256}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                aria-describedby="explanation-test-user"
              />
              <button type="submit" class="button quiet">
                Change
              </button>
            </div>
          </form>
        </div>
        <ol class="steps" aria-label="The six steps">
          {trySteps.map((step, index) => (
            <StepRow step={step} number={index + 1} />
          ))}
        </ol>
      </div>
      <p class="spoken" role="status" id="progress" />
      <section id="outcome" hidden>
        <h2>What your server knows now</h2>
        <p class="muted">
          The Connections stay until you <a href={`${own}/users`}>delete the user</a>. The access token has
          ended already, since nobody keeps it.
        </p>
        <ul class="places" id="outcome-connections" />
        <h3>The answer of GET /user</h3>
        <section class="scroll" aria-label="The answer of GET /user" tabindex={0}>
          <pre id="outcome-user" />
        </section>
      </section>
      <script src="/connect.js" />
    </>
  );
}

/** What stands for the application's own page: who is signed in, the button, what came of it. */
function PlayedPage({ isReady }: { isReady: boolean }) {
  return (
    <div class="window">
      <p class="titlebar">
        <strong>{blank('name')}</strong>
        <span class="muted">
          Signed in as <code>{blank('user')}</code>
        </span>
      </p>
      <div class="control">
        <noscript>
          <p class="notice warning">The popup and the steps need JavaScript.</p>
        </noscript>
        <button
          type="button"
          class="button"
          id="connect"
          data-connect
          data-client-id={blank('clientId')}
          data-client-user-id={blank('user')}
          disabled={!isReady}
        >
          Connect
        </button>
        <p class="muted" id="note" role="status">
          {isReady ? 'Press Connect, and follow the steps.' : 'Add the origin above first.'}
        </p>
      </div>
    </div>
  );
}
