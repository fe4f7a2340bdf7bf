import { Hono } from 'hono/tiny';
import { endSessions, listSessions } from '../../access/console-session.ts';
import { notFound } from '../../errors.ts';
import { normalizeId } from '../../validation.ts';
import { audit } from '../audit.ts';
import type { ConsoleEnv } from '../env.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Table } from '../frame/table.tsx';
import { Time } from '../frame/time.tsx';
import { nameBrowser } from './browser-name.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/sessions';

/** `/console/settings/sessions`: where the person is signed in. */
export const sessionPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => {
    const { db, session, now } = c.var;
    const rows = await listSessions(db, session, now());
    const page = { title: 'Sessions', section: 'settings', above: aboveSettings } as const;
    return consolePage(
      c,
      {
        ...page,
        action:
          rows.length > 1 ? (
            <form method="post" action={`${path}/end-others`}>
              <button type="submit" class="button">
                Sign out everywhere else
              </button>
            </form>
          ) : null,
      },
      <>
        <p class="muted">
          {session.person
            ? 'Where you are signed in.'
            : 'Where somebody is signed in with the administrator’s token, or by a link made with it.'}{' '}
          A session ends after 12 hours without use, and after seven days in any case.
        </p>
        <Table
          caption="Sessions"
          columns={['Browser', 'Address', 'Signed in', 'Last used', '']}
          rows={rows.map((row) => [
            nameBrowser(row.userAgent),
            row.address ?? 'Unknown',
            <Time at={row.createdAt} now={now()} />,
            <Time at={row.lastSeenAt} now={now()} />,
            row.familyId === session.familyId ? (
              <span class="pill">This browser</span>
            ) : (
              <form method="post" action={`${path}/${row.familyId}/end`}>
                <button type="submit" class="button quiet small">
                  Sign out
                </button>
              </form>
            ),
          ])}
        />
      </>,
    );
  })
  .post(`${path}/end-others`, async (c) => {
    const { db, session } = c.var;
    const ended = await endSessions(db, session, 'others');
    if (ended > 0) await audit(c, 'endOtherSessions', 'session', session.familyId);
    return goTo(
      c,
      path,
      ended === 0 ? 'There was no other session.' : `Signed out everywhere else (${ended}).`,
    );
  })
  .post(`${path}/:id/end`, async (c) => {
    const { db, session } = c.var;
    const familyId = normalizeId(c.req.param('id')) ?? '';
    if ((await endSessions(db, session, { familyId })) === 0) throw notFound('session');
    await audit(c, 'endSession', 'session', familyId);
    return goTo(c, path, 'That browser is signed out.');
  });
