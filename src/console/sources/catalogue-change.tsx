import type { Source } from '../../sources/source.ts';
import { Field, Form, TextArea } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';
import { Table } from '../frame/table.tsx';
import type { CatalogueChange } from './catalogue.ts';
import { sourcePath } from './source-page.tsx';

interface ChangeProps {
  source: Source;
  change: CatalogueChange;
  form?: FormState | undefined;
}

/** What the catalogue has changed since a source was made from it, with the button that takes it. */
export function CatalogueChangeSection({ source, change, form }: ChangeProps) {
  if (change.status !== 'available') {
    return (
      <div class="notice warning">
        <p>
          {change.status === 'ended'
            ? 'The catalogue says that this provider no longer takes new clients. What works goes on to work.'
            : 'This provider has left the catalogue. What works goes on to work.'}
        </p>
      </div>
    );
  }
  if (change.differences.length === 0) return null;
  return (
    <section class="card">
      <h2>The catalogue has changed</h2>
      <p class="muted">
        Since you took this source from it. Nothing follows by itself: look at the differences, then take
        them.
      </p>
      <Table
        caption="Differences"
        columns={['Field', 'Yours', 'The catalogue’s']}
        rows={change.differences.map(({ field, now, yours }) => [
          <code>{field}</code>,
          <code>{told(yours)}</code>,
          <code>{told(now)}</code>,
        ])}
      />
      <Form
        action={`${sourcePath(source)}/catalogue`}
        submit="Take the catalogue’s change"
        {...(form ? { form } : {})}
      >
        {form ? (
          <Field
            name="client_secret"
            label="Client secret"
            explanation="It goes to another host from now on, so it has to be entered again."
            type="password"
            mono
            form={form}
          />
        ) : null}
        {form?.errors.environment ? (
          <TextArea
            name="environment"
            label="Environment"
            explanation="What headers and parameters take from it now, one name=value a line."
            rows={2}
            mono
            form={form}
          />
        ) : null}
      </Form>
    </section>
  );
}

function told(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
