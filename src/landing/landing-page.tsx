import { Page } from '../page/page.tsx';
import { Demonstration } from './demonstration.tsx';
import { Begin, type Halves, Integration, NextSteps } from './guide.tsx';
import { Introduction, Masthead } from './introduction.tsx';

/**
 * The landing page with its blanks open, as the build writes it.
 *
 * @param example the example's code; null: the page of a deployment without the sandbox, which has no example
 */
export function LandingPage({ example }: { example: Halves | null }) {
  const sandbox = example !== null;
  return (
    <Page title="Connect your users’ accounts" stylesheet="/assets/landing.css">
      <Masthead sandbox={sandbox} />
      <main>
        <Introduction sandbox={sandbox} />
        {example ? (
          <>
            <Demonstration />
            <Integration {...example} />
            <NextSteps />
          </>
        ) : (
          <Begin />
        )}
      </main>
      <script src="/assets/landing.js" type="module" />
      {example ? <script src="/assets/example-client.js" type="module" /> : null}
    </Page>
  );
}
