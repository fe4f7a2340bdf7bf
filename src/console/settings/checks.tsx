import { Hono } from 'hono/tiny';
import { readBuilt } from '../../built/read.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { Status } from '../frame/status.tsx';
import { requireAdministrator } from '../guard.ts';
import { checkDeployment } from './checks-list.ts';
import { observeDatabase } from './checks-store.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/checks';

/** `/console/settings/checks`: whether this deployment is set up as it should be. */
export const checkPages = new Hono<ConsoleEnv>().use(path, requireAdministrator).get(path, async (c) => {
  const { db, config, now } = c.var;
  const checks = checkDeployment(await readBuilt(c.env.ASSETS, 'checks'), {
    config,
    requestOrigin: new URL(c.req.url).origin,
    ...(await observeDatabase(db, now())),
  });
  const bad = checks.filter(({ tone }) => tone === 'danger' || tone === 'warning').length;
  return consolePage(
    c,
    { title: 'Deployment checks', section: 'settings', above: aboveSettings },
    <>
      <p>
        {bad === 0
          ? 'Nothing is wrong with this deployment.'
          : bad === 1
            ? 'One thing needs your attention.'
            : `${bad} things need your attention.`}
      </p>
      <ul class="checks">
        {checks.map(({ title, tone, state, meaning, remedy }) => (
          <li>
            <h2>{title}</h2>
            <div>
              <Status tone={tone}>{state}</Status>
              <p>{meaning}</p>
              {remedy === undefined ? null : (
                <p>
                  <strong>To do:</strong> {remedy}
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>,
  );
});
