import type { Config } from '../../env.ts';
import type { Fault } from '../../errors.ts';
import { CheckGroup } from '../frame/check-group.tsx';
import { Field, TextArea } from '../frame/form.tsx';
import { type FormState, formWithFaults } from '../frame/form-state.ts';
import type { ShownApplication } from './own.ts';

interface FieldsProps {
  config: Config;
  application?: ShownApplication;
  form?: FormState;
}

/** What an application is made of, as fields. */
export function ApplicationFields({ config, application, form }: FieldsProps) {
  const state = form ? { form } : {};
  return (
    <>
      <Field
        name="name"
        label="Name"
        explanation="Your users read it in the popup: “Shop would like to connect to your accounts”."
        value={application?.name ?? ''}
        {...state}
      />
      <TextArea
        name="origins"
        label="Origins"
        explanation={
          <>
            Where your pages are: scheme, host and port, one a line, such as{' '}
            <code>https://shop.example.com</code>. Connect opens from these alone.
          </>
        }
        value={application?.origins.join('\n') ?? ''}
        rows={3}
        mono
        optional
        {...state}
      />
      <TextArea
        name="returnUrls"
        label="Return URLs"
        explanation="Where users come back to when Connect takes the whole window, or when your server sends them a link. Each exactly as you will name it, one a line. The popup needs none."
        value={application?.returnUrls.join('\n') ?? ''}
        rows={3}
        mono
        optional
        {...state}
      />
      <Field
        name="logo"
        label="Logo URL"
        explanation="A PNG, JPEG, GIF or WebP of at most 64 KB, square. It is fetched once, now, and served from here."
        value={application?.logo ?? ''}
        mono
        optional
        {...state}
      />
      {config.sandbox ? (
        <CheckGroup
          name="sandbox"
          legend="Sandbox"
          boxes={[
            {
              name: 'test',
              label: 'For testing',
              explanation:
                'Its users are offered the sandbox: made-up providers where anyone can be anybody. Never for an application with real users.',
              checked: application?.test ?? false,
            },
          ]}
          {...state}
        />
      ) : null}
    </>
  );
}

/** What the fields stand for, as the API has it. */
export function applicationBody(fields: Record<string, string>, config: Config) {
  return {
    name: fields.name ?? '',
    origins: linesOf(fields.origins),
    returnUrls: linesOf(fields.returnUrls),
    logo: (fields.logo ?? '').trim() || null,
    // Where there is no sandbox there is no such field either.
    ...(config.sandbox ? { test: fields.test === 'on' } : {}),
  };
}

/** The form with what the API said is wrong with it; of a list, the line that is. */
export function applicationForm(fields: Record<string, string>, faults: Fault[]): FormState {
  const lineOf = (name: string, whole: string) => {
    const index = faults.find(({ path }) => path.startsWith(`${name}.`))?.path.split('.')[1];
    return index === undefined ? whole : `“${linesOf(fields[name])[Number(index)]}”`;
  };
  return formWithFaults(fields, faults, {
    name: 'The name',
    origins: lineOf('origins', 'The origins'),
    returnUrls: lineOf('returnUrls', 'The return URLs'),
    logo: 'The logo',
  });
}

/** The lines of a text, without the empty ones. */
export function linesOf(text: string | undefined): string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
