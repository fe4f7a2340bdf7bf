import { Hono } from 'hono/tiny';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { Status } from '../frame/status.tsx';
import { Table } from '../frame/table.tsx';
import { requireAdministrator } from '../guard.ts';
import { aboveSettings } from './settings.tsx';

const path = '/console/settings/sealing';
const numbers = new Intl.NumberFormat('en');
/** So many batches each time the button is pressed. */
const batches = 10;

/** One sealing key, as the API shows it. */
interface SealingKey {
  id: string;
  use: 'seals' | 'opens' | 'missing';
  sealed: number;
}

const uses = {
  seals: <Status tone="success">Seals and opens</Status>,
  opens: <Status tone="neutral">Opens what it sealed</Status>,
  missing: <Status tone="danger">Missing</Status>,
};

/** `/console/settings/sealing`: the keys that secrets and tokens are sealed under. */
export const sealingPages = new Hono<ConsoleEnv>()
  .use(path, requireAdministrator)
  .get(path, async (c) => {
    const keys = await requireApi<SealingKey[]>(c, 'GET', '/sealing');
    const countOf = (use: SealingKey['use']) =>
      keys.filter((key) => key.use === use).reduce((sum, { sealed }) => sum + sealed, 0);
    const left = countOf('opens');
    const known = keys.filter(({ use }) => use !== 'missing').map(({ id }) => id);
    return consolePage(
      c,
      {
        title: 'Sealing keys',
        section: 'settings',
        above: aboveSettings,
        action:
          left === 0 ? null : (
            <form method="post" action={path}>
              <button type="submit" class="button">
                Re-seal under {known[0]}
              </button>
            </form>
          ),
      },
      <>
        <p>
          Tokens and secrets are kept sealed, each bound to its place. The keys are in{' '}
          <code>ENCRYPTION_KEYS</code>, and nowhere in the database: the first one seals, all of them open.
        </p>
        {countOf('missing') > 0 ? (
          <div class="notice danger" role="alert">
            <p>
              {numbers.format(countOf('missing'))} tokens and secrets can’t be opened: their key is not in{' '}
              <code>ENCRYPTION_KEYS</code>. Put it back at the end of the list.
            </p>
          </div>
        ) : null}
        <Table
          caption="Sealing keys"
          columns={['Key', 'Use', 'Tokens and secrets']}
          rows={keys.map(({ id, use, sealed }) => [<code>{id}</code>, uses[use], numbers.format(sealed)])}
        />
        {known.length > 1 ? (
          <p class="muted">
            {left === 0
              ? 'Nothing is left under an older key.'
              : `${numbers.format(left)} of ${numbers.format(left + countOf('seals'))} are still under an older key.`}
          </p>
        ) : null}
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
            <li>Deploy. From then on the new key seals.</li>
            <li>Come back here, and re-seal what is under the old one until nothing is left.</li>
            <li>Half an hour later, when nobody’s sign-in is under way any more, take the old key out.</li>
          </ol>
        </section>
      </>,
    );
  })
  .post(path, async (c) => {
    let total = 0;
    for (let batch = 1; batch <= batches; batch += 1) {
      const sealed = await callApi<{ resealed: number; left: number }>(c, 'POST', '/sealing');
      if (!sealed.ok)
        return goTo(c, path, `Re-sealed (${total}), then it broke off. ${sealed.message}`, 'warning');
      const { resealed, left } = sealed.value;
      total += resealed;
      if (left === 0) return goTo(c, path, `Re-sealed (${total}). Nothing is left under an older key.`);
      if (resealed === 0) {
        const text = `${left} can’t be re-sealed now: they are being refreshed, or don’t open under the key they name.`;
        return goTo(c, path, text, 'warning');
      }
    }
    return goTo(c, path, `Re-sealed (${total}). There is more: go on.`);
  });
