import { blank } from '../built/blanks.ts';
import { exampleApplicationId } from './setup.ts';
import { type Payload, type Step, steps } from './steps.ts';

/** The example application on one side, what goes back and forth on the other. */
export function Demonstration() {
  return (
    <section class="demonstration" aria-labelledby="demonstration-title">
      <div class="intro">
        <h2 id="demonstration-title">Connect an account, and watch the six steps</h2>
        <p class="muted">The values are real and from your own run. Secrets are shortened.</p>
      </div>
      <Application />
      <ol class="steps" aria-label="The six steps">
        {steps.map((step, index) => (
          <StepRow step={step} number={index + 1} />
        ))}
      </ol>
      <p class="spoken" role="status" id="progress" />
    </section>
  );
}

/** What a developer's own application would look like: a user, a button, and what came of it. */
function Application() {
  return (
    <div class="application">
      <div class="window">
        <p class="titlebar">
          <strong>Example</strong>
          <span class="muted">
            Signed in as <code>{blank('clientUserId')}</code>
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
            data-client-id={exampleApplicationId}
            data-client-user-id={blank('clientUserId')}
          >
            Connect
          </button>
          <div class="told" role="status">
            <p id="status">No accounts connected yet</p>
            <p id="note" class="muted">
              Press Connect: four made-up providers are waiting.
            </p>
          </div>
        </div>
        <div class="accounts" id="accounts">
          <div class="nothing">
            <svg class="ghost" viewBox="0 0 280 72" aria-hidden="true">
              {[34, 52, 26, 60, 44, 70, 38].map((height, index) => (
                <rect x={index * 40 + 8} y={72 - height} width="24" height={height} rx="3" />
              ))}
            </svg>
            <p class="muted">What the provider returns appears here.</p>
          </div>
        </div>
      </div>
    </div>
  );
}

/** One of the six steps: its state and its values are filled in by `followSteps`. */
export function StepRow({ step, number }: { step: Step; number: number }) {
  return (
    <li class="step" data-step={number} data-state="waiting">
      <span class="badge" aria-hidden="true">
        <span class="number">{number}</span>
        <svg class="tick" viewBox="0 0 16 16" aria-hidden="true">
          <path d="m3.5 8.5 3 3 6-7" pathLength="1" />
        </svg>
        <svg class="bang" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 3.5v5.5m0 3.2v.1" />
        </svg>
      </span>
      <div class="what">
        <h3>{step.title}</h3>
        <p class="route">
          {step.from}
          {step.to ? (
            <>
              <span class="arrow"> to </span>
              {step.to}
            </>
          ) : null}
        </p>
        <p class="state">Waiting</p>
      </div>
      <div class="payloads">
        {step.payloads.map((payload) => (
          <PayloadBox payload={payload} />
        ))}
      </div>
    </li>
  );
}

/** Its rows are there from the start, so that nothing moves when the values come. */
function PayloadBox({ payload }: { payload: Payload }) {
  return (
    <div class="payload" data-payload={payload.id}>
      <p class="caption">{payload.caption}</p>
      <dl>
        {payload.names.map((name) => (
          <div>
            <dt>{name}</dt>
            <dd data-name={name} class="empty">
              –
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
