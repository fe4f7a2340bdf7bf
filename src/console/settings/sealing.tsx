import { Hono } from 'hono/tiny';
import type { ConsoleEnv } from '../env.ts';
import { consolePage } from '../frame/page.tsx';
import { Status } from '../frame/status.tsx';
import { Table } from '../frame/table.tsx';
import { requireAdministrator } from '../guard.ts';
import { countedMost, countSeals } from './sealing-store.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/sealing';
const numbers = new Intl.NumberFormat('en');

/** `/console/settings/sealing`: the keys that secrets and tokens are sealed under. */
export const sealingPages = new Hono<ConsoleEnv>().use(path, requireAdministrator).get(path, async (c) => {
  const { db, config } = c.var;
  const counts = await countSeals(db);
  const known = config.encryptionKeys.map(({ id }) => id);
  const gone = [...counts.keys()].filter((id) => !known.includes(id));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const all = total < countedMost;
  return consolePage(
    c,
    { title: 'Sealing keys', section: 'settings', above: aboveSettings },
    <>
      <p>
        Tokens and secrets are kept sealed, each bound to its place. The keys are in{' '}
        <code>ENCRYPTION_KEYS</code>, and nowhere in the database: the first one seals, all of them open.
      </p>
      {gone.length > 0 ? (
        <div class="notice danger" role="alert">
          <p>
            Connections are sealed under {gone.length === 1 ? 'a key that is' : 'keys that are'} not in{' '}
            <code>ENCRYPTION_KEYS</code>: their tokens can’t be opened. Put the{' '}
            {gone.length === 1 ? 'key' : 'keys'} back at the end of the list.
          </p>
        </div>
      ) : null}
      <Table
        caption="Sealing keys"
        columns={['Key', 'Use', 'Connections']}
        rows={[
          ...config.encryptionKeys.map(({ id }, index) => [
            <code>{id}</code>,
            index === 0 ? (
              <Status tone="success">Seals and opens</Status>
            ) : (
              <Status tone="neutral">Opens what it sealed</Status>
            ),
            numbers.format(counts.get(id) ?? 0),
          ]),
          ...gone.map((id) => [
            <code>{id}</code>,
            <Status tone="danger">Missing</Status>,
            numbers.format(counts.get(id) ?? 0),
          ]),
        ]}
      />
      <p class="muted">
        {all
          ? 'Counted over all Connections of this deployment.'
          : `Counted over the newest ${numbers.format(countedMost)} Connections of this deployment.`}{' '}
        Client secrets, webhooks’ secrets and maps’ environments are sealed under these keys, too, and are not
        counted here.
      </p>
      <section>
        <h2>To replace a key</h2>
        <ol>
          <li>
            Make 32 random bytes: <code>openssl rand -base64 32</code>.
          </li>
          <li>
            Put them before the others, after an id that was never used:{' '}
            <code>new:…,{known.join(':…,')}:…</code>.
          </li>
          <li>
            Deploy. From then on the new key seals: a Connection moves to it with its next refresh, a secret
            when it is entered anew.
          </li>
          <li>Keep the old key at the end of the list for as long as anything is sealed under it.</li>
        </ol>
      </section>
    </>,
  );
});
