import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { platformId } from '../../access/api-key.ts';
import type { Source } from '../../sources/source.ts';
import { requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { Choice, Form } from '../frame/form.tsx';
import { readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { requireAdministrator } from '../guard.ts';
import { loadOwn } from './load.ts';
import { sourcePath } from './source-page.tsx';

const path = '/console/sources/:id/lending';

/** `/console/sources/:id/lending`: which developers borrow the platform's credentials. */
export const lendingPages = new Hono<ConsoleEnv>().use(path, requireAdministrator).post(path, async (c) => {
  const source = await loadOwn(c);
  const fields = await readForm(c);
  const shown = await listDevelopers(c);
  const chosen = shown.filter(({ id }) => fields[`developer_${id}`] === 'on').map(({ id }) => id);
  // Who isn't on the page stays.
  const kept = (source.credentialsFor ?? []).filter((id) => !shown.some((each) => each.id === id));
  const lent = fields.to === 'chosen' ? [...chosen, ...kept] : 'everyone';
  await requireApi(c, 'PATCH', `/sources/${source.id}`, { credentials_for: lent });
  return goTo(c, sourcePath(source), 'Who may use the credentials is saved.');
});

function listDevelopers(c: Context<ConsoleEnv>) {
  return requireApi<{ id: string; name: string }[]>(c, 'GET', '/developers?limit=200');
}

/** The form for it. */
export async function LendingSection({ c, source }: { c: Context<ConsoleEnv>; source: Source }) {
  if (source.developerId !== platformId) return null;
  const developers = await listDevelopers(c);
  const { credentialsFor } = source;
  return (
    <section class="card lending">
      <h2>Who may use these credentials</h2>
      <p class="muted">
        Applications of other developers borrow the platform’s client here, within the scopes above. Whoever
        isn’t chosen brings credentials of their own.
      </p>
      <Form action={`${sourcePath(source)}/lending`} submit="Save">
        <Choice
          name="to"
          label="Lent to"
          value={credentialsFor === null ? 'everyone' : 'chosen'}
          options={[
            { value: 'everyone', text: 'Every developer' },
            { value: 'chosen', text: 'Chosen developers alone' },
          ]}
        />
        {developers.length === 0 ? null : (
          <CheckGroup
            name="developers"
            legend="Chosen developers"
            boxes={developers.map(({ id, name }) => ({
              name: `developer_${id}`,
              label: name,
              explanation: id,
              checked: credentialsFor?.includes(id) ?? false,
            }))}
          />
        )}
      </Form>
    </section>
  );
}
