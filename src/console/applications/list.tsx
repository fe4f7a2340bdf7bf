import { Hono } from 'hono/tiny';
import { listApplications } from '../../applications/store.ts';
import { parseCursor } from '../../paging.ts';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { NextPage } from '../frame/pager.tsx';
import { Empty, Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { applicationsPath, pathOf } from './own.ts';

const pageSize = 50;

/** `/console/applications`: what the account integrates. */
export const listPages = new Hono<ConsoleEnv>().get(applicationsPath, async (c) => {
  const { db, caller, now } = c.var;
  const rows = await listApplications(db, caller.developerId, parseCursor(c.req.query('cursor')), pageSize);
  const action = (
    <a class="button" href={`${applicationsPath}/new`}>
      New application
    </a>
  );
  return consolePage(
    c,
    // The empty page has the one button in its middle.
    { title: 'Applications', section: 'applications', action: rows.length === 0 ? null : action },
    rows.length === 0 ? (
      <Empty title="No applications yet" action={action}>
        An application is what your users see when they connect their accounts: a client ID for your page, a
        client secret for your server, and the origins that may open Connect.
      </Empty>
    ) : (
      <>
        <Table
          caption="Applications"
          columns={['Name', 'Client ID', 'Created']}
          rows={rows.slice(0, pageSize).map((application) => [
            <span class="named">
              <Logo name={application.name} id={application.logoId} />
              <span>
                <a href={pathOf({ clientId: application.id })}>{application.name}</a>{' '}
                {application.test ? <span class="pill">Test</span> : null}
              </span>
            </span>,
            <code class="whole">{application.id}</code>,
            <Time at={application.createdAt} now={now()} />,
          ])}
        />
        <NextPage path={applicationsPath} rows={rows} limit={pageSize} />
      </>
    ),
  );
});

/** An application's logo; where it has none, its initial. */
function Logo({ name, id }: { name: string; id: string | null }) {
  return (
    <span class="logo" aria-hidden="true">
      {id === null ? (
        [...name.trim()].slice(0, 1).join('').toUpperCase()
      ) : (
        <img src={`/logos/${id}`} alt="" width="24" height="24" />
      )}
    </span>
  );
}
