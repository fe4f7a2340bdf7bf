import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ConsoleEnv } from '../env.ts';
import { Field, Form } from './form.tsx';
import type { FormState } from './form-state.ts';
import { consolePage } from './page.tsx';
import type { Section } from './rail.tsx';

interface Confirmation {
  title: string;
  section: Section;
  /** What will be lost. */
  lost: Child;
  /** Where the form is posted to. */
  action: string;
  /** The words on the button. */
  submit: string;
  cancel: string;
  /** Where it can't be undone: the name to be typed. */
  typed?: string;
  /** The form that came back with another name. */
  form?: FormState;
}

/** Answers the page that asks before something is destroyed. */
export function confirmPage(c: Context<ConsoleEnv>, confirmation: Confirmation): Promise<Response> {
  const { title, section, lost, action, submit, cancel, typed, form } = confirmation;
  return consolePage(
    c,
    { title, section, status: form ? 400 : 200 },
    <div class="card">
      <div class="lost">{lost}</div>
      <Form action={action} submit={submit} cancel={cancel} danger {...(form ? { form } : {})}>
        {typed === undefined ? null : (
          <Field
            name="name"
            label="Its name"
            explanation={
              <>
                Type <strong>{typed}</strong> to confirm. This can’t be undone.
              </>
            }
            {...(form ? { form } : {})}
          />
        )}
      </Form>
    </div>,
  );
}

/** The form to send back where the typed name is another one; null where it is right. */
export function wrongName(fields: Record<string, string>, typed: string): FormState | null {
  const given = fields.name ?? '';
  return given.trim() === typed.trim()
    ? null
    : { values: { name: given }, errors: { name: 'This is not its name. Nothing was deleted.' } };
}
