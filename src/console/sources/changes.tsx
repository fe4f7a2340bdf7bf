import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { Failure, type Fault } from '../../errors.ts';
import type { Source } from '../../sources/source.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { confirmPage, wrongName } from '../frame/confirm.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { type FormValues, readSealed } from './form-body.ts';
import { definitionFaults, faultsOf } from './form-faults.ts';
import { readFormFields } from './form-fields.ts';
import { countConnections, loadOwn } from './load.ts';
import { answerOverview } from './overview.tsx';
import { sourcePath } from './source-page.tsx';

const path = '/console/sources/:id';

/** What the buttons of a source's first page do: `/client`, `/catalogue`, `/delete`. */
export const sourceChangePages = new Hono<ConsoleEnv>()
  .post(`${path}/client`, async (c) => {
    const source = await loadOwn(c);
    const fields = await readForm(c);
    const clientId = (fields.client_id ?? '').trim();
    const secret = (fields.client_secret ?? '').trim();
    const changed = await callApi(c, 'PATCH', `/sources/${source.id}`, {
      client_id: clientId,
      ...(secret === '' ? {} : { client_secret: secret }),
    });
    if (changed.ok) return goTo(c, sourcePath(source), 'The credentials are saved.');
    return answerOverview(c, source, { client: await formOf(c, source, fields, faultsOf(changed)) });
  })
  .post(`${path}/catalogue`, async (c) => {
    const source = await loadOwn(c);
    const fields = await readForm(c);
    const secret = (fields.client_secret ?? '').trim();
    const environment = readSealed((fields.environment ?? '').replaceAll('\r\n', '\n'));
    const body = {
      ...(secret === '' ? {} : { client_secret: secret }),
      ...('value' in environment ? { environment: environment.value } : {}),
    };
    const taken = await callApi(c, 'POST', `/sources/${source.id}/catalogue`, body);
    if (taken.ok) return goTo(c, sourcePath(source), 'The catalogue’s change is taken.');
    return answerOverview(c, source, { take: await formOf(c, source, fields, faultsOf(taken)) });
  })
  .get(`${path}/delete`, async (c) => deletePage(c, await loadChangeable(c)))
  .post(`${path}/delete`, async (c) => {
    const source = await loadChangeable(c);
    const form = wrongName(await readForm(c), source.definition.name);
    if (form) return deletePage(c, source, form);
    await requireApi(c, 'DELETE', `/sources/${source.id}`);
    return goTo(c, '/console/sources', `${source.definition.name} is deleted.`);
  });

/** The account's own source of `:id`, which isn't built in. */
async function loadChangeable(c: Context<ConsoleEnv, '/:id'>): Promise<Source> {
  const source = await loadOwn(c);
  if (source.sandbox) {
    throw new Failure('conflict', 'The sandbox’s sources are built in and can’t be changed.');
  }
  return source;
}

async function formOf(c: Context<ConsoleEnv>, { definition }: Source, fields: FormValues, faults: Fault[]) {
  const form = await readFormFields(c.env.ASSETS, { type: definition.type, byIssuer: false });
  return definitionFaults(form, fields, faults);
}

async function deletePage(c: Context<ConsoleEnv>, source: Source, form?: FormState) {
  const { name } = source.definition;
  const total = await countConnections(c.var, source.id);
  return confirmPage(c, {
    title: `Delete ${name}`,
    section: 'sources',
    lost: (
      <>
        <p>{lostText(total)}</p>
        <p>
          Its credentials go, those that applications have brought for it as well, and users are no longer
          offered <strong>{name}</strong>. What users agreed to at the provider isn’t revoked: delete the
          Connections first where you want that.
        </p>
      </>
    ),
    action: `${sourcePath(source)}/delete`,
    submit: 'Delete the data source',
    cancel: sourcePath(source),
    typed: name,
    ...(form ? { form } : {}),
  });
}

function lostText(total: number): string {
  if (total === 0) return 'Nobody has connected an account through it.';
  const [what, them] =
    total === 1 ? ['One Connection stays', 'it'] : [`${total.toLocaleString('en')} Connections stay`, 'them'];
  return `${what} readable but dead: no call works on ${them}, nothing renews ${them}.`;
}
