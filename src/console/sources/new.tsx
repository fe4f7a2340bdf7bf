import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { notFound } from '../../errors.ts';
import { callbackUrl } from '../../sources/source.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import type { FormKind } from './arrangement.ts';
import { DefinitionForm } from './definition-form.tsx';
import { bodyOf, valuesOf } from './form-body.ts';
import { definitionFaults, faultsOf } from './form-faults.ts';
import { givenId, ToRegister } from './to-register.tsx';
import { asSourceType, hasClient, typeNames } from './words.ts';

const path = '/console/sources';
const above = [
  { title: 'Data sources', href: path },
  { title: 'New data source', href: `${path}/new` },
];

/** `/console/sources/new/:way`: a source from its issuer (`issuer`), or by hand (a type). */
export const newSourcePages = new Hono<ConsoleEnv>()
  .get(`${path}/new/:way`, (c) => newPage(c, kindOf(c.req.param('way')), givenId(c.req.query('id'))))
  .post(`${path}/new/:way`, async (c) => {
    const kind = kindOf(c.req.param('way'));
    const fields = await readForm(c);
    const id = givenId(fields.id);
    const { body, faults } = bodyOf(kind, fields, null);
    if (faults.length > 0) return newPage(c, kind, id, definitionFaults(kind, fields, faults));
    const made = await callApi<{ id: string; name: string }>(c, 'POST', '/sources', { ...body, id });
    if (!made.ok) return newPage(c, kind, id, definitionFaults(kind, fields, faultsOf(made)));
    return goTo(c, `${path}/${made.value.id}`, `${made.value.name} is created.`);
  });

function kindOf(way: string): FormKind {
  const type = way === 'issuer' ? 'oauth2' : asSourceType(way);
  if (type === null) throw notFound('type of data source');
  return { type, byIssuer: way === 'issuer' };
}

function newPage(c: Context<ConsoleEnv>, kind: FormKind, id: string, form?: FormState) {
  const way = kind.byIssuer ? 'issuer' : kind.type;
  const title = kind.byIssuer ? 'Data source from an issuer' : `Data source with ${typeNames[kind.type]}`;
  return consolePage(
    c,
    { title, section: 'sources', above, status: form ? 400 : 200 },
    <DefinitionForm
      kind={kind}
      values={valuesOf(kind, {})}
      form={form}
      action={`${path}/new/${way}`}
      submit="Create the data source"
      cancel={`${path}/new`}
      client={hasClient(kind.type) ? <ToRegister url={callbackUrl(id, c.var.config)} /> : null}
    >
      <input type="hidden" name="id" value={id} />
    </DefinitionForm>,
  );
}
