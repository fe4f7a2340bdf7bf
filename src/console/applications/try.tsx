import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { clientUserId } from '../../applications/end-user.ts';
import { StepRow } from '../../landing/demonstration.tsx';
import { type Step, steps } from '../../landing/steps.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { goTo } from '../frame/notice.tsx';
import { applicationPage } from './frame.tsx';
import { listOffers } from './offers.ts';
import { applicationsPath, ownApplication, pathOf, type ShownApplication } from './own.ts';

const path = `${applicationsPath}/:clientId/try`;

/** `/console/applications/:clientId/try`: the real widget, and the six steps as they happen. */
export const tryPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const application = await ownApplication(c);
    const { origin } = c.var.config.publicUrl;
    const offers = await listOffers(c, application);
    const given = clientUserId.safeParse(c.req.query('user') ?? 'test-user');
    const user = given.data ?? 'test-user';
    const own = pathOf(application);
    const isReady = application.origins.includes(origin);
    return applicationPage(
      c,
      application,
      { tab: 'Try it', connect: true },
      <>
        <p class="muted">
          Connect an account of your own as one of your users would. This page is your page, and the console
          is your server. The values are real; secrets are shortened.
        </p>
        {isReady ? null : <AddOrigin application={application} origin={origin} />}
        {offers.some(({ isOffered }) => isOffered) ? null : (
          <div class="notice warning">
            <p>
              There is nothing to connect yet: <a href={`${own}/sources`}>choose a data source</a> first.
            </p>
          </div>
        )}
        <div
          class="try-it"
          id="try-it"
          data-exchange={`${own}/try/exchange`}
          data-user-page={`${own}/user`}
          data-connection-page="/console/connections"
        >
          <div class="aside">
            <PlayedPage application={application} user={user} isReady={isReady} />
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
                  value={user}
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
      </>,
    );
  })
  .post(`${path}/origin`, async (c) => {
    const application = await ownApplication(c);
    await addOrigin(c, application);
    return goTo(c, `${pathOf(application)}/try`, 'The origin is added.');
  });

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

async function addOrigin(c: Context<ConsoleEnv>, { clientId, origins }: ShownApplication): Promise<void> {
  const { origin } = c.var.config.publicUrl;
  if (origins.includes(origin)) return;
  await requireApi(c, 'PATCH', `/applications/${clientId}`, { origins: [...origins, origin] });
}

function AddOrigin({ application, origin }: { application: ShownApplication; origin: string }) {
  return (
    <div class="notice warning">
      <p>
        Connect doesn’t open here yet: <code>{origin}</code> isn’t one of {application.name}’s origins. Add it
        to try, and take it out again under Settings when you are done.
      </p>
      <form method="post" action={`${pathOf(application)}/try/origin`}>
        <button type="submit" class="button">
          Add this origin
        </button>
      </form>
    </div>
  );
}

interface PlayedPageProps {
  application: ShownApplication;
  user: string;
  isReady: boolean;
}

/** What stands for the application's own page: who is signed in, the button, what came of it. */
function PlayedPage({ application, user, isReady }: PlayedPageProps) {
  return (
    <div class="window">
      <p class="titlebar">
        <strong>{application.name}</strong>
        <span class="muted">
          Signed in as <code>{user}</code>
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
          data-client-id={application.clientId}
          data-client-user-id={user}
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
