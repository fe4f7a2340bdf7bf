import { Hono } from 'hono/tiny';
import { clientUserId } from '../../applications/end-user.ts';
import { fillBlanks } from '../../built/blanks.ts';
import { readBuilt } from '../../built/read.ts';
import { listOffers } from '../../sources/application-offers.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { goTo } from '../frame/notice.tsx';
import { applicationPage } from './frame.tsx';
import { applicationsPath, holderOf, ownApplication, pathOf } from './own.ts';

const path = `${applicationsPath}/:clientId/try`;

/** `/console/applications/:clientId/try`: the real widget, and the six steps as they happen. */
export const tryPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const application = await ownApplication(c);
    const { origin } = c.var.config.publicUrl;
    const offers = await listOffers(c.var, holderOf(c, application));
    const given = clientUserId.safeParse(c.req.query('user') ?? 'test-user');
    const isReady = application.origins.includes(origin);
    const parts = await readBuilt(c.env.ASSETS, 'try-it');
    const page = [
      parts.introduction,
      isReady ? '' : parts.addOrigin,
      offers.some(({ isOffered }) => isOffered) ? '' : parts.chooseSource,
      isReady ? parts.ready : parts.closed,
    ].join('');
    const { name, clientId } = application;
    const values = { own: pathOf(application), origin, name, clientId, user: given.data ?? 'test-user' };
    return applicationPage(c, application, { tab: 'Try it', connect: true }, fillBlanks(page, values));
  })
  .post(`${path}/origin`, async (c) => {
    const application = await ownApplication(c);
    const { clientId, origins } = application;
    const { origin } = c.var.config.publicUrl;
    if (!origins.includes(origin))
      await requireApi(c, 'PATCH', `/applications/${clientId}`, { origins: [...origins, origin] });
    return goTo(c, `${pathOf(application)}/try`, 'The origin is added.');
  });
