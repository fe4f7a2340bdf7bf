import type { Child } from 'hono/jsx';
import type { FormState } from './form-state.ts';

interface FormProps {
  /** The path it is posted to. */
  action: string;
  /** The words on the button: what it does. */
  submit: string;
  /** Where the way back leads. */
  cancel?: string;
  danger?: boolean;
  form?: FormState;
  children?: Child;
}

/** A form in one column. Where it came back with faults it says so above, with a link to each field. */
export function Form({ action, submit, cancel, danger = false, form, children }: FormProps) {
  const faults = Object.entries(form?.errors ?? {});
  return (
    <form method="post" action={action} class="fields">
      {faults.length > 0 ? (
        <div class="notice danger" role="alert">
          <p>This needs another look:</p>
          <ul>
            {faults.map(([name, error]) => (
              <li>
                <a href={`#field-${name}`}>{error}</a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {children}
      <div class="buttons">
        <button type="submit" class={danger ? 'button danger' : 'button'}>
          {submit}
        </button>
        {cancel ? (
          <a class="button quiet" href={cancel}>
            Cancel
          </a>
        ) : null}
      </div>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  /** What it is for, and what belongs in it. */
  explanation?: Child;
  /** What was sent, and what is wrong with it. */
  form?: FormState;
  /** What it holds before anything was sent. */
  value?: string;
  optional?: boolean;
}

interface InputProps extends FieldProps {
  /** A password is never filled in. */
  type?: 'text' | 'url' | 'email' | 'password' | 'search';
  /** Ids, addresses, code. */
  mono?: boolean;
  autocomplete?: string;
  placeholder?: string;
}

/** One line of text, its explanation under the label. */
export function Field({ type = 'text', mono = false, autocomplete = 'off', ...props }: InputProps) {
  const { id, value, described } = partsOf(props);
  return (
    <div class="field">
      <Label {...props} />
      <input
        id={id}
        name={props.name}
        type={type}
        class={mono ? 'mono' : undefined}
        value={type === 'password' ? undefined : value}
        autocomplete={autocomplete}
        autocapitalize="off"
        spellcheck={false}
        placeholder={props.placeholder}
        {...described}
      />
      <FieldError {...props} />
    </div>
  );
}

/** Several lines of text. */
export function TextArea({
  rows = 4,
  mono = false,
  ...props
}: FieldProps & { rows?: number; mono?: boolean }) {
  const { id, value, described } = partsOf(props);
  return (
    <div class="field">
      <Label {...props} />
      <textarea
        id={id}
        name={props.name}
        rows={rows}
        class={mono ? 'mono' : undefined}
        spellcheck={false}
        {...described}
      >
        {value}
      </textarea>
      <FieldError {...props} />
    </div>
  );
}

/** One of a few. */
export function Choice({ options, ...props }: FieldProps & { options: { value: string; text: string }[] }) {
  const { id, value, described } = partsOf(props);
  return (
    <div class="field">
      <Label {...props} />
      <select id={id} name={props.name} {...described}>
        {options.map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
      <FieldError {...props} />
    </div>
  );
}

/** Yes or no: sent as `on`, or not at all. */
export function Checkbox({ checked = false, ...props }: FieldProps & { checked?: boolean }) {
  const { id, described } = partsOf(props);
  // Unticked is an answer, too.
  const { 'aria-required': _, ...unrequired } = described;
  const on = props.form ? props.form.values[props.name] === 'on' : checked;
  return (
    <div class="field check">
      <input id={id} name={props.name} type="checkbox" checked={on} {...unrequired} />
      <Label {...props} optional={false} />
      <FieldError {...props} />
    </div>
  );
}

function Label({ name, label, explanation, optional = false }: FieldProps) {
  return (
    <>
      <label for={`field-${name}`}>
        {label}
        {optional ? <span class="muted"> (optional)</span> : null}
      </label>
      {explanation ? (
        <p class="explanation" id={`explanation-${name}`}>
          {explanation}
        </p>
      ) : null}
    </>
  );
}

function FieldError({ name, form }: FieldProps) {
  const error = form?.errors[name];
  return error ? (
    <p class="error" id={`error-${name}`}>
      {error}
    </p>
  ) : null;
}

function partsOf({ name, form, value = '', explanation, optional = false }: FieldProps) {
  const error = form?.errors[name];
  const ids = [explanation ? `explanation-${name}` : null, error ? `error-${name}` : null].filter(Boolean);
  return {
    id: `field-${name}`,
    value: form?.values[name] ?? value,
    described: {
      'aria-describedby': ids.length > 0 ? ids.join(' ') : undefined,
      'aria-invalid': error ? ('true' as const) : undefined,
      'aria-required': optional ? undefined : ('true' as const),
    },
  };
}
