import type { Child } from 'hono/jsx';
import { Checkbox, Choice, Field, Form, TextArea } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';
import { type FieldGroup, type FieldSpec, nameOf } from './field.ts';
import { type FormValues, isSaid } from './form-body.ts';
import type { FormFields, FormKind } from './form-fields.ts';
import { hasClient } from './words.ts';

interface DefinitionFormProps {
  fields: FormFields;
  /** What the fields hold before anything was sent. */
  values: FormValues;
  form?: FormState | undefined;
  action: string;
  submit: string;
  cancel: string;
  /** What stands above the client's credentials, such as the redirect URL. */
  client?: Child;
  /** There is a client secret already. */
  secretSet?: boolean;
  /** Further fields. */
  children?: Child;
}

/** Every field of a definition: what is needed first, the rest in groups to open. */
export function DefinitionForm(props: DefinitionFormProps) {
  const { fields, values, form, action, submit, cancel, client = null, secretSet = false, children } = props;
  const { type, essential, addresses, groups } = fields;
  const state = form ? { form } : {};
  const controls = (specs: FieldSpec[]) =>
    specs.map((field) => <Control field={field} kind={fields} values={values} form={form} />);
  return (
    <Form action={action} submit={submit} cancel={cancel} {...state}>
      {children}
      {controls(essential)}
      {addresses.length > 0 ? (
        <fieldset class="part">
          <legend>Addresses</legend>
          {controls(addresses)}
        </fieldset>
      ) : null}
      {hasClient(type) ? (
        <fieldset class="part">
          <legend>Client</legend>
          {client}
          <ClientFields type={type} clientId={values.client_id ?? ''} form={form} secretSet={secretSet} />
        </fieldset>
      ) : null}
      <div class="groups">
        {groups.map((group) => (
          <Group group={group} values={form?.values ?? values} form={form}>
            {controls(group.fields)}
          </Group>
        ))}
      </div>
    </Form>
  );
}

interface ClientFieldsProps {
  type: FormKind['type'];
  clientId: string;
  form?: FormState | undefined;
  secretSet: boolean;
  /** The client ID is what the form is for. */
  needed?: boolean;
}

/** The credentials of the client at the provider. The secret is never filled in again. */
export function ClientFields({ type, clientId, form, secretSet, needed = false }: ClientFieldsProps) {
  const state = form ? { form } : {};
  const secret = {
    name: 'client_secret',
    label: 'Client secret',
    explanation: secretSet
      ? 'One is stored, sealed. Leave this empty to keep it.'
      : type === 'oauth1'
        ? 'The consumer secret. For RSA-SHA1, the private key in PEM.'
        : 'Stored sealed, and shown to nobody again. A public client has none.',
    optional: true,
    ...state,
  };
  return (
    <>
      <Field
        name="client_id"
        label="Client ID"
        explanation={
          type === 'oauth1'
            ? 'The consumer key, from the provider. Without one, applications bring their own.'
            : 'From the provider. Without one, applications bring their own.'
        }
        value={clientId}
        mono
        optional={!needed}
        {...state}
      />
      {type === 'oauth1' ? (
        <TextArea rows={2} mono {...secret} />
      ) : (
        <Field type="password" mono {...secret} />
      )}
      {secretSet ? (
        <Checkbox name="clear_client_secret" label="Remove the stored secret" optional {...state} />
      ) : null}
    </>
  );
}

function Group(props: {
  group: FieldGroup;
  values: FormValues;
  form: FormState | undefined;
  children: Child;
}) {
  const { group, values, form, children } = props;
  const said = group.fields.filter((field) => isSaid(field, values)).length;
  const isFaulty = group.fields.some((field) => form?.errors[nameOf(field)]);
  return (
    <details class="group" open={isFaulty}>
      <summary>
        {group.title}
        {said > 0 ? <span class="muted">{said} set</span> : null}
      </summary>
      <div class="fields">{children}</div>
    </details>
  );
}

interface ControlProps {
  field: FieldSpec;
  kind: FormKind;
  values: FormValues;
  form: FormState | undefined;
}

function Control({ field, kind: { type, byIssuer }, values, form }: ControlProps) {
  const { label, explanation, example, kind, mono = false } = field;
  const name = nameOf(field);
  const shared = {
    name,
    label,
    explanation: (
      <>
        {explanation}
        {example ? (
          <>
            {' '}
            <span class="example">
              For example <code>{example}</code>
            </span>
          </>
        ) : null}
      </>
    ),
    value: values[name] ?? '',
    optional: !isNeeded(field, type, byIssuer),
    ...(form ? { form } : {}),
  };
  if (typeof kind !== 'string') return <Choice options={[...kind]} {...shared} optional={false} />;
  if (kind !== 'text' && kind !== 'separator') return <TextArea rows={3} mono {...shared} />;
  if (name !== 'key_prefix') return <Field mono={mono} {...shared} />;
  return (
    <>
      <Field mono={mono} {...shared} />
      <Checkbox
        name="key_prefix_none"
        label="No prefix"
        explanation="The header holds the key alone, in Authorization, too."
        checked={values.key_prefix_none === 'on'}
        optional
        {...(form ? { form } : {})}
      />
    </>
  );
}

function isNeeded({ path, mandatory = [] }: FieldSpec, type: FormKind['type'], byIssuer: boolean): boolean {
  if (path === 'issuer') return true;
  const isAddress = ['auth_host_url', 'auth_url', 'full_auth_url', 'access_token_url'].includes(path);
  return mandatory.includes(type) || (isAddress && !byIssuer);
}
