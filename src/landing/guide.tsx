import { blank } from '../built/blanks.ts';
import { highlight } from './highlight.tsx';
import { Listing } from './listing.tsx';

/** The example's own code. */
export interface Halves {
  /** The very file the page runs. */
  client: string;
  /** The module that the worker runs. */
  server: string;
}

/** The example's own code, its two halves apart. */
export function Integration({ client, server }: Halves) {
  // A copy of it runs on another origin.
  const copied = client.replace("'/connect.mjs'", `'${blank('origin')}/connect.mjs'`);
  return (
    <section class="integration" aria-labelledby="integration-title">
      <div class="intro">
        <h2 id="integration-title">This is all of it</h2>
        <p class="muted">
          The code below is what runs on this page. Copy both halves, put your own session and database where
          the example has a cookie, and the six steps are yours.
        </p>
      </div>
      <Listing id="client-code" title="Your page" aside="JavaScript, in the browser">
        {highlight(copied.trimEnd())}
      </Listing>
      <Listing id="server-code" title="Your server" aside="TypeScript, wherever fetch runs">
        {highlight(server.trimEnd())}
      </Listing>
    </section>
  );
}

/** Where a developer goes from the example. */
export function NextSteps() {
  return (
    <section class="next" aria-labelledby="next-title">
      <h2 id="next-title">Where to go next</h2>
      <div class="columns">
        <div>
          <h3>See it go wrong</h3>
          <p class="muted">
            Press Connect again and open <strong>Test a failure</strong> before you allow: expired tokens,
            withdrawn access, a provider that is down or slow. Or press Deny, and see how your page hears of
            it.
          </p>
        </div>
        <div>
          <h3>Make it your application</h3>
          <p class="muted">
            Create one over the API with the administrator’s key, <code>ADMIN_TOKEN</code> in{' '}
            <code>.dev.vars</code>. It gets its own clientId, clientSecret and origins.
          </p>
        </div>
        <div>
          <h3>Connect a real provider</h3>
          <p class="muted">
            A provider is data: its addresses, your client ID and secret there. <code>README.md</code> defines
            a first one in five minutes, then deploys the worker.
          </p>
        </div>
      </div>
      <CreateApplication test />
    </section>
  );
}

/** How a developer begins where there is no sandbox to try. */
export function Begin() {
  return (
    <section class="next" aria-labelledby="begin-title">
      <h2 id="begin-title">Begin with an application</h2>
      <p class="muted">
        Create it over the API with the administrator’s key. The answer holds a <code>clientId</code> for your
        page and, this once, a <code>clientSecret</code> for your server.
      </p>
      <CreateApplication test={false} />
      <p class="muted">
        Then load <a href="/connect.js">connect.js</a> on your page. <code>README.md</code> has the rest: the
        first provider, the widget, the exchange.
      </p>
    </section>
  );
}

function CreateApplication({ test }: { test: boolean }) {
  const application = {
    name: 'My app',
    origins: [test ? 'http://localhost:3000' : 'https://app.example.com'],
    // Only test applications are offered the sandbox.
    ...(test ? { test } : {}),
  };
  const command = `curl ${blank('origin')}/applications \\
  -H "Authorization: Bearer $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(application)}'`;
  return (
    <Listing id="create-application" title="Create an application" aside="In a terminal">
      {highlight(command)}
    </Listing>
  );
}
