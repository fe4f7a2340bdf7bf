import type { TrialRecord } from '../../connect/trial-record.ts';
import { Copyable } from '../frame/secret.tsx';
import type { Finding } from './diagnosis-finding.ts';
import { nameOf } from './field.ts';
import { allFields, type FormFields } from './form-fields.ts';

interface FindingsProps {
  record: TrialRecord;
  findings: Finding[];
  /** Of the form that the definition is changed by. */
  fields: FormFields;
  /** The built-in sources can't be changed. */
  isEditable: boolean;
  /** Nobody knows whether it is. */
  isGuess: boolean;
}

/** What is wrong, and what to do about it: what stops users first. */
export function Findings({ record, findings, fields, isEditable, isGuess }: FindingsProps) {
  if (findings.length === 0) return null;
  const known = allFields(fields);
  return (
    <div class="findings">
      {findings.map(({ code, weight, title, explanation, fixes }) => (
        <section
          class={isGuess ? 'notice' : `notice ${weight === 'fault' ? 'danger' : 'warning'}`}
          data-finding={code}
        >
          {isGuess ? <h3>{title}</h3> : <h2>{title}</h2>}
          <p>{explanation}</p>
          <ul>
            {fixes.map(({ field, suggestion, value }) => {
              const spec = known.find(({ path }) => path === field);
              const label = spec?.label ?? clientLabels[field ?? ''];
              return (
                <li>
                  {field !== null && label ? (
                    <>
                      {isEditable ? (
                        <a
                          href={`/console/sources/${record.sourceId}/definition#field-${spec ? nameOf(spec) : field}`}
                        >
                          {label}
                        </a>
                      ) : (
                        <strong>{label}</strong>
                      )}
                      :{' '}
                    </>
                  ) : null}
                  {suggestion}
                  {value === undefined ? (
                    '.'
                  ) : value === record.redirectUri ? (
                    <>
                      :
                      <Copyable id="redirect-url" label="the redirect URL" text={value} />
                    </>
                  ) : (
                    <>
                      {' '}
                      <code>{value}</code>.
                    </>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

const clientLabels: Record<string, string> = { client_id: 'Client ID', client_secret: 'Client secret' };
