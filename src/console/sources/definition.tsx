import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Source } from '../../sources/source.ts';
import { callApi, requireApi } from '../api.ts';
import type { ConsoleEnv } from '../env.ts';
import { type FormState, readForm } from '../frame/form-state.ts';
import { goTo } from '../frame/notice.tsx';
import { DefinitionForm } from './definition-form.tsx';
import { bodyOf, valuesOf } from './form-body.ts';
import { definitionFaults, faultsOf } from './form-faults.ts';
import { kindOf, readFormFields } from './form-fields.ts';
import { loadOwn } from './load.ts';
import { answerSourcePage, sourcePath } from './source-page.tsx';

const path = '/console/sources/:id/definition';

/** `/console/sources/:id/definition`: a source by its fields. */
export const definitionPages = new Hono<ConsoleEnv>()
  .get(path, async (c) => definitionPage(c, await loadOwn(c)))
  .post(path, async (c) => {
    const source = await loadOwn(c);
    const form = await readFormFields(c.env.ASSETS, kindOf(source));
    const fields = await readForm(c);
    const before = await readSource(c, source);
    const { body, faults } = bodyOf(form, fields, valuesOf(form, before));
    if (faults.length > 0) return definitionPage(c, source, definitionFaults(form, fields, faults));
    const changed = await callApi(c, 'PATCH', `/sources/${source.id}`, body);
    if (!changed.ok) return definitionPage(c, source, definitionFaults(form, fields, faultsOf(changed)));
    return goTo(c, sourcePath(source), 'The definition is saved.');
  });

function readSource(c: Context<ConsoleEnv>, { id }: Source): Promise<Record<string, unknown>> {
  return requireApi<Record<string, unknown>>(c, 'GET', `/sources/${id}`);
}

async function definitionPage(c: Context<ConsoleEnv>, source: Source, form?: FormState) {
  const fields = await readFormFields(c.env.ASSETS, kindOf(source));
  const shown = await readSource(c, source);
  return answerSourcePage(
    c,
    { source, tab: 'Definition', status: form ? 400 : 200 },
    source.sandbox ? (
      <p>The sandbox’s sources are built in and can’t be changed.</p>
    ) : (
      <DefinitionForm
        fields={fields}
        values={valuesOf(fields, shown)}
        form={form}
        action={`${sourcePath(source)}/definition`}
        submit="Save"
        cancel={sourcePath(source)}
        secretSet={source.sealedClientSecret !== null}
      />
    ),
  );
}
