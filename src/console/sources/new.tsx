import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { notFound } from '../../errors.ts';
import { callbackUrl } from '../../sources/source.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { DefinitionForm } from './definition-form.tsx';
import { bodyOf, valuesOf } from './form-body.ts';
import { definitionFaults, faultsOf } from './form-faults.ts';
import { type FormFields, type FormKind, readFormFields } from './form-fields.ts';
import { givenId, ToRegister } from './to-register.tsx';
import { asSourceType, hasClient, typeNames } from './words.ts';

const path = '/console/sources';
const above = [
  { title: 'Data sources', href: path },
  { title: 'New data source', href: `${path}/new` },
];

/** `/console/sources/new/:way`: a source from its issuer (`issuer`), or by hand (a type). */
export const newSourcePages = new Hono<ConsoleEnv>()
  .get(`${path}/new/:way`, async (c) => newPage(c, await fieldsOf(c), givenId(c.req.query('id'))))
  .post(`${path}/new/:way`, async (c) => {
    const form = await fieldsOf(c);
    const fields = await readForm(c);
    const id = givenId(fields.id);
    const { body, faults } = bodyOf(form, fields, null);
    if (faults.length > 0) return newPage(c, form, id, definitionFaults(form, fields, faults));
    const made = await callApi<{ id: string; name: string }>(c, 'POST', '/sources', { ...body, id });
    if (!made.ok) return newPage(c, form, id, definitionFaults(form, fields, faultsOf(made)));
    return goTo(c, `${path}/${made.value.id}`, `${made.value.name} is created.`);
  });

function fieldsOf(c: Context<ConsoleEnv, '/:way'>): Promise<FormFields> {
  const way = c.req.param('way');
  const type = way === 'issuer' ? 'oauth2' : asSourceType(way);
  if (type === null) throw notFound('type of data source');
  const kind: FormKind = { type, byIssuer: way === 'issuer' };
  return readFormFields(c.env.ASSETS, kind);
}

function newPage(c: Context<ConsoleEnv>, fields: FormFields, id: string, form?: FormState) {
  const way = fields.byIssuer ? 'issuer' : fields.type;
  const title = fields.byIssuer ? 'Data source from an issuer' : `Data source with ${typeNames[fields.type]}`;
  return consolePage(
    c,
    { title, section: 'sources', above, status: form ? 400 : 200 },
    <DefinitionForm
      fields={fields}
      values={valuesOf(fields, {})}
      form={form}
      action={`${path}/new/${way}`}
      submit="Create the data source"
      cancel={`${path}/new`}
      client={hasClient(fields.type) ? <ToRegister url={callbackUrl(id, c.var.config)} /> : null}
    >
      <input type="hidden" name="id" value={id} />
    </DefinitionForm>,
  );
}
