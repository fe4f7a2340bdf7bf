import { Hono } from 'hono/tiny';
import { Listing } from '../../landing/listing.tsx';
import type { ConsoleEnv } from '../env.ts';
import { Copyable } from '../frame/secret.tsx';
import { applicationPage } from './frame.tsx';
import { listOffers } from './offers.ts';
import { applicationsPath, ownApplication, pathOf, type ShownApplication } from './own.ts';
import { buttonSnippet, curlSnippet, moduleSnippet, serverSnippet } from './snippets.ts';

/** `/console/applications/:clientId`: the client ID, what is still missing, and the code to copy. */
export const overviewPages = new Hono<ConsoleEnv>().get(`${applicationsPath}/:clientId`, async (c) => {
  const application = await ownApplication(c);
  const offers = await listOffers(c, application);
  const integrated = { publicUrl: c.var.config.publicUrl, clientId: application.clientId };
  const action = (
    <a class="button" href={`${pathOf(application)}/try`}>
      Try it
    </a>
  );
  return applicationPage(
    c,
    application,
    { tab: 'Overview', action },
    <>
      <Missing application={application} isOffering={offers.some(({ isOffered }) => isOffered)} />
      <section>
        <h2>Client ID</h2>
        <p class="muted">Says which application your page is. It is no secret.</p>
        <Copyable id="client-id" label="the client ID" text={application.clientId} />
      </section>
      <section class="snippets">
        <h2>On your page</h2>
        <p class="muted">
          A button that opens Connect, or the same as a module. <code>user-1</code> is your own id of the user
          who is signed in.
        </p>
        <Listing id="button" title="A button" aside="HTML" code={buttonSnippet(integrated)} />
        <Listing id="module" title="A module" aside="JavaScript" code={moduleSnippet(integrated)} />
      </section>
      <section class="snippets">
        <h2>On your server</h2>
        <p class="muted">
          The specialToken and a <a href={`${pathOf(application)}/secrets`}>client secret</a> are exchanged
          for the user’s access token, once and within 10 minutes.
        </p>
        <Listing
          id="server"
          title="Your server"
          aside="JavaScript, on Node"
          code={serverSnippet(integrated)}
        />
        <Listing id="curl" title="In a terminal" aside="curl" code={curlSnippet(integrated)} />
      </section>
    </>,
  );
});

/** What stands between this application and its first Connection. */
function Missing({ application, isOffering }: { application: ShownApplication; isOffering: boolean }) {
  const own = pathOf(application);
  if (application.origins.length > 0 && isOffering) return null;
  return (
    <div class="notice warning">
      <p>Before your users can connect:</p>
      <ul>
        {application.origins.length > 0 ? null : (
          <li>
            Connect opens on no page yet. <a href={`${own}/settings`}>Add an origin</a>, unless your server
            begins all runs.
          </li>
        )}
        {isOffering ? null : (
          <li>
            There is nothing to connect yet. <a href={`${own}/sources`}>Choose a data source</a>.
          </li>
        )}
      </ul>
    </div>
  );
}
