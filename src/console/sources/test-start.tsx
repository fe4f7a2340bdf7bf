import type { Context } from 'hono';
import { hostValueNames } from '../../sources/host-values.ts';
import type { Offer } from '../../sources/offer.ts';
import { callbackUrl, isOAuth, type Source } from '../../sources/source.ts';
import type { ConsoleEnv } from '../env.ts';
import { Field, Form } from '../frame/form.tsx';
import type { FormState } from '../frame/form-state.ts';
import { consolePage } from '../frame/page.tsx';
import { Copyable } from '../frame/secret.tsx';
import { Empty } from '../frame/table.tsx';
import { sourcePath } from './source-page.tsx';

/** Answers the page that a trial is started from. */
export function startPage(
  c: Context<ConsoleEnv>,
  source: Source,
  offer: Offer | null,
  form?: FormState,
): Promise<Response> {
  const { name } = source.definition;
  return consolePage(
    c,
    {
      title: `Test ${name}`,
      section: 'sources',
      above: aboveTest(source),
      status: form ? 400 : 200,
    },
    offer ? <StartForm c={c} source={source} offer={offer} form={form} /> : <Missing source={source} />,
  );
}

/** The pages above a source's test. */
export function aboveTest(source: Source) {
  return [
    { title: 'Data sources', href: '/console/sources' },
    { title: source.definition.name, href: sourcePath(source) },
  ];
}

function StartForm(props: {
  c: Context<ConsoleEnv>;
  source: Source;
  offer: Offer;
  form: FormState | undefined;
}) {
  const { c, source, offer, form } = props;
  const { definition } = source;
  const state = form ? { form } : {};
  const isTyped = offer.clientId === null;
  const sampleValue =
    c.req.query('sample') ?? ('metadata_url' in definition ? definition.metadata_url : undefined);
  return (
    <>
      <p class="muted">
        {isTyped
          ? 'Calls the API with a credential of your own, as for one of your users, and shows each request and answer. The credential is kept nowhere.'
          : 'Walks the real flow with an account of your own, as one of your users would, and shows each request and answer with what to do about it. No Connection is made, and the tokens are kept nowhere.'}{' '}
        What it shows is yours alone, and gone after 30 minutes.
      </p>
      {isTyped ? null : (
        <section class="card">
          <h2>Before you start</h2>
          <p class="muted">
            This redirect URL has to be registered at {definition.name}, exactly as it is here.
          </p>
          <Copyable id="redirect-url" label="the redirect URL" text={callbackUrl(source.id, c.var.config)} />
        </section>
      )}
      <Form
        action={`${sourcePath(source)}/test`}
        submit={isTyped ? 'Test with this credential' : 'Test with my account'}
        {...state}
      >
        {hostValueNames(definition).map((value) => (
          <Field
            name={`value_${value}`}
            label={value.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())}
            explanation={`What stands for {${value}} in the host’s name: users are asked for it, too.`}
            mono
            {...state}
          />
        ))}
        {definition.type === 'api_key' ? (
          <Field name="key" label={definition.key_label ?? 'API key'} type="password" mono {...state} />
        ) : null}
        {definition.type === 'basic' ? (
          <>
            <Field name="username" label={definition.username_label ?? 'User name'} {...state} />
            <Field
              name="password"
              label={definition.password_label ?? 'Password'}
              type="password"
              {...state}
            />
          </>
        ) : null}
        <Field
          name="sample"
          label="Sample call"
          explanation="What to call at the end: a path on the API host, or a URL there. Left empty, nothing."
          value={sampleValue ?? ''}
          mono
          optional
          {...state}
        />
      </Form>
    </>
  );
}

/** There is nothing to test with. */
function Missing({ source }: { source: Source }) {
  const { definition, clientId } = source;
  if (!isOAuth(definition)) {
    return (
      <Empty title="Nothing to authorize">
        Calls to {definition.name} carry no credential, so there is no flow to test.
      </Empty>
    );
  }
  const where = `${sourcePath(source)}/definition#field-client_secret`;
  return (
    <Empty
      title={clientId === null ? 'No credentials yet' : 'The client secret has to be entered again'}
      action={
        <a class="button" href={where}>
          Enter the credentials
        </a>
      }
    >
      {clientId === null
        ? `A test runs with the client ID and secret that are stored with the source. Register a client at ${definition.name}, and enter what you get there.`
        : 'It was entered for other hosts than the definition names now, and isn’t sent to any other.'}
    </Empty>
  );
}
