import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { callbackUrl } from '../../sources/source.ts';
import { callApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { Field, Form } from '../frame/form.tsx';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { consolePage } from '../frame/page.tsx';
import { type CatalogueDetail, readEntry } from './catalogue.ts';
import { ClientFields } from './definition-form.tsx';
import type { FormValues } from './form-body.ts';
import { definitionFaults, faultsOf } from './form-faults.ts';
import { readFormFields } from './form-fields.ts';
import { Icon } from './icon.tsx';
import { givenId, ToRegister } from './to-register.tsx';
import { typeNames } from './words.ts';

const path = '/console/sources';

/** `/console/sources/new/catalogue/:slug`: a source from the catalogue. */
export const catalogueSourcePages = new Hono<ConsoleEnv>()
  .get(`${path}/new/catalogue/:slug`, async (c) =>
    entryPage(c, await readEntry(c, c.req.param('slug')), givenId(c.req.query('id'))),
  )
  .post(`${path}/new/catalogue/:slug`, async (c) => {
    const entry = await readEntry(c, c.req.param('slug'));
    const fields = await readForm(c);
    const id = givenId(fields.id);
    const made = await callApi<{ name: string }>(c, 'POST', '/sources', { ...bodyOf(entry, fields), id });
    if (!made.ok) return entryPage(c, entry, id, await formOf(c, entry, fields, faultsOf(made)));
    return goTo(c, `${path}/${id}`, `${made.value.name} is created.`);
  });

function bodyOf(entry: CatalogueDetail, fields: FormValues) {
  const given = (name: string) => (fields[name] ?? '').trim();
  const values = Object.keys(entry.values ?? {}).flatMap((name) => {
    const value = given(`value_${name}`);
    return value === '' ? [] : [[name, value]];
  });
  const environment = Object.keys(entry.environment ?? {}).flatMap((name) => {
    const value = given(`environment_${name}`);
    return value === '' ? [] : [[name, value]];
  });
  return {
    catalogue: entry.slug,
    environment: Object.fromEntries(environment),
    ...(given('client_id') === '' ? {} : { client_id: given('client_id') }),
    ...(given('client_secret') === '' ? {} : { client_secret: given('client_secret') }),
    ...(values.length === 0 ? {} : { values: Object.fromEntries(values) }),
    ...scopesOf(entry, fields),
  };
}

/** What was chosen of the common scopes, beside those that are always asked for. */
function scopesOf({ scopes = [], common_scopes = [] }: CatalogueDetail, fields: FormValues) {
  if (common_scopes.length === 0) return {};
  const offered = common_scopes.map(({ scope }) => scope);
  const chosen = offered.filter((_, index) => fields[`scope_${index}`] === 'on');
  return { scopes: [...scopes.filter((scope) => !offered.includes(scope)), ...chosen] };
}

/** The faults beside the fields of this form: values and what is in the environment are called by their labels. */
async function formOf(
  c: Context<ConsoleEnv>,
  entry: CatalogueDetail,
  fields: FormValues,
  faults: { path: string; message: string }[],
) {
  const form = await readFormFields(c.env.ASSETS, { type: entry.type, byIssuer: false });
  const own = faults.flatMap(({ path: of, message }) => {
    const [, name = ''] = /^environment\.(.+)$/.exec(of) ?? [];
    const label = entry.environment?.[name]?.label;
    return label === undefined ? [] : [[`environment_${name}`, `“${label}” ${message}.`]];
  });
  const others = faults.filter(({ path: of }) => !of.startsWith('environment.'));
  const { values, errors } = definitionFaults(form, fields, others);
  const named = Object.entries(errors).map(([name, error]) => {
    const value = name.startsWith('values.') ? name.slice('values.'.length) : null;
    const label = value === null ? undefined : entry.values?.[value]?.label;
    return label === undefined
      ? [name, error]
      : [`value_${value}`, error.replace(`The ${name}`, `“${label}”`)];
  });
  return { values, errors: Object.fromEntries([...named, ...own]) };
}

function entryPage(c: Context<ConsoleEnv>, entry: CatalogueDetail, id: string, form?: FormState) {
  const state = form ? { form } : {};
  const page = {
    title: entry.name,
    section: 'sources' as const,
    above: [
      { title: 'Data sources', href: path },
      { title: 'New data source', href: `${path}/new` },
    ],
    status: form ? 400 : 200,
  };
  if (entry.status === 'ended') return consolePage(c, page, <p>{entry.ended}</p>);
  const { register, values = {}, environment = {}, scopes = [], common_scopes = [] } = entry;
  return consolePage(
    c,
    page,
    <>
      <p class="provider">
        <Icon name={entry.name} picture={entry.icon} />
        <span>
          {typeNames[entry.type]}
          <span class="muted">{entry.categories.join(', ')}</span>
        </span>
      </p>
      <Form
        action={`${path}/new/catalogue/${entry.slug}`}
        submit="Create the data source"
        cancel={`${path}/new`}
        {...state}
      >
        {Object.entries(values).map(([name, { label, example, hint, fills }]) => (
          <Field
            name={`value_${name}`}
            label={label}
            explanation={
              <>
                {hint} {fills === 'label' ? 'Left empty, each user gives their own. ' : null}
                <span class="example">
                  For example <code>{example}</code>
                </span>
              </>
            }
            mono
            optional={fills === 'label'}
            {...state}
          />
        ))}
        <fieldset class="part">
          <legend>Client</legend>
          <ToRegister url={callbackUrl(id, c.var.config)}>
            {register?.url ? (
              <a href={register.url} rel="noreferrer" target="_blank">
                Register a client at {entry.name}
              </a>
            ) : undefined}
          </ToRegister>
          {register?.note ? <p class="explanation">{register.note}</p> : null}
          <ClientFields type={entry.type} clientId="" form={form} secretSet={false} />
          {Object.entries(environment).map(([name, { label, where }]) => (
            <Field
              name={`environment_${name}`}
              label={label}
              explanation={where}
              type="password"
              mono
              {...state}
            />
          ))}
        </fieldset>
        {common_scopes.length > 0 ? (
          <CheckGroup
            name="scopes"
            legend="Scopes that users are asked for"
            boxes={common_scopes.map(({ scope, means }, index) => ({
              name: `scope_${index}`,
              label: scope,
              explanation: means,
              checked: scopes.includes(scope),
            }))}
            {...state}
          />
        ) : null}
        <input type="hidden" name="id" value={id} />
      </Form>
    </>,
  );
}
