import { Hono } from 'hono/tiny';
import { fillBlanks } from '../../built/blanks.ts';
import { readBuilt } from '../../built/read.ts';
import { listOffers } from '../../sources/application-offers.ts';
import type { ConsoleEnv } from '../env.ts';
import { applicationPage } from './frame.tsx';
import { applicationsPath, holderOf, ownApplication, pathOf } from './own.ts';

/** `/console/applications/:clientId`: the client ID, what is still missing, and the code to copy. */
export const overviewPages = new Hono<ConsoleEnv>().get(`${applicationsPath}/:clientId`, async (c) => {
  const application = await ownApplication(c);
  const offers = await listOffers(c.var, holderOf(c, application));
  const parts = await readBuilt(c.env.ASSETS, 'application-code');
  // What stands between this application and its first Connection.
  const missing = [
    application.origins.length > 0 ? '' : parts.noOrigin,
    offers.some(({ isOffered }) => isOffered) ? '' : parts.noSource,
  ].join('');
  const own = pathOf(application);
  const { clientId } = application;
  const fill = (part: string) => fillBlanks(part, { own, clientId, origin: c.var.config.publicUrl.origin });
  const action = (
    <a class="button" href={`${own}/try`}>
      Try it
    </a>
  );
  return applicationPage(
    c,
    application,
    { tab: 'Overview', action },
    <>
      {missing === '' ? null : (
        <div class="notice warning">
          <p>Before your users can connect:</p>
          <ul>{fill(missing)}</ul>
        </div>
      )}
      {fill(parts.code)}
    </>,
  );
});
