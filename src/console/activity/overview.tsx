import { Hono } from 'hono/tiny';
import { readBuilt } from '../../built/read.ts';
import { readCounts } from '../../events/activity.ts';
import { nameOf, readNames } from '../connections/names.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { Empty } from '../frame/table.tsx';
import { Failures, Funnel, OverTime, Shares } from './pictures.tsx';
import { ActivityTabs } from './tabs.tsx';

const path = '/console/activity';
const periods = [7, 30, 90];
const usual = 30;

/** `/console/activity`: how connecting goes, in pictures. */
export const activityPages = new Hono<ConsoleEnv>().get(path, async (c) => {
  const { db, caller, now } = c.var;
  const days = periods.find((period) => String(period) === c.req.query('days')) ?? usual;
  const [counts, names, remedies] = await Promise.all([
    readCounts(db, caller.developerId, days, now()),
    readNames(db, caller.developerId),
    readBuilt(c.env.ASSETS, 'remedies'),
  ]);
  const isEmpty = Object.keys(counts.totals).length === 0;
  return consolePage(
    c,
    { title: 'Activity', section: 'activity', action: <Periods days={days} /> },
    <>
      <ActivityTabs current="Overview" />
      {isEmpty ? (
        <Empty
          title={`Nothing happened in ${days} days`}
          action={
            <a class="button" href="/console/applications">
              Choose an application to try
            </a>
          }
        >
          Here you will see how many connect, how many of those who open Connect finish, where, and why others
          don’t. It is counted as it happens.
        </Empty>
      ) : (
        <div class="charts">
          <OverTime counts={counts} />
          <Funnel counts={counts} />
          <Shares
            title="By data source"
            column="Data source"
            counted={counts.bySource}
            name={(id) => nameOf(names.sources, id) ?? 'a deleted data source'}
          />
          <Shares
            title="By application"
            column="Application"
            counted={counts.byApplication}
            name={(id) =>
              id === ''
                ? 'links and imports, without an application'
                : (nameOf(names.applications, id) ?? 'a deleted application')
            }
          />
          <Failures counts={counts} remedies={remedies} />
        </div>
      )}
    </>,
  );
});

/** How far back the pictures go. */
function Periods({ days }: { days: number }) {
  return (
    <nav class="periods" aria-label="Period">
      {periods.map((period) => (
        <a href={`${path}?days=${period}`} aria-current={period === days ? 'true' : undefined}>
          {period} days
        </a>
      ))}
    </nav>
  );
}
