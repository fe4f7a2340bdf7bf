import { blank } from '../../built/blanks.ts';
import { highlight } from '../../landing/highlight.tsx';
import { Listing } from '../../landing/listing.tsx';
import { Copyable } from '../frame/secret.tsx';
import { buttonSnippet, curlSnippet, moduleSnippet, serverSnippet } from './snippets.ts';

// The build renders these parts of an application's first page. Their blanks: those of the code, and `own`, the path of
// the application's pages.

const own = blank('own');

/** The first page in parts, as HTML. */
export const codeParts = {
  noOrigin: `${(
    <li>
      Connect opens on no page yet. <a href={`${own}/settings`}>Add an origin</a>, unless your server begins
      all runs.
    </li>
  )}`,
  noSource: `${(
    <li>
      There is nothing to connect yet. <a href={`${own}/sources`}>Choose a data source</a>.
    </li>
  )}`,
  code: `${<Code />}`,
};

export type ApplicationCode = typeof codeParts;

function Code() {
  return (
    <>
      <section>
        <h2>Client ID</h2>
        <p class="muted">Says which application your page is. It is no secret.</p>
        <Copyable id="client-id" label="the client ID" text={blank('clientId')} />
      </section>
      <section class="snippets">
        <h2>On your page</h2>
        <p class="muted">
          A button that opens Connect, or the same as a module. <code>user-1</code> is your own id of the user
          who is signed in.
        </p>
        <Listing id="button" title="A button" aside="HTML">
          {highlight(buttonSnippet)}
        </Listing>
        <Listing id="module" title="A module" aside="JavaScript">
          {highlight(moduleSnippet)}
        </Listing>
      </section>
      <section class="snippets">
        <h2>On your server</h2>
        <p class="muted">
          The specialToken and a <a href={`${own}/secrets`}>client secret</a> are exchanged for the user’s
          access token, once and within 10 minutes.
        </p>
        <Listing id="server" title="Your server" aside="JavaScript, on Node">
          {highlight(serverSnippet)}
        </Listing>
        <Listing id="curl" title="In a terminal" aside="curl">
          {highlight(curlSnippet)}
        </Listing>
      </section>
    </>
  );
}
