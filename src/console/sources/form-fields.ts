import { readBuilt } from '../../built/read.ts';
import type { Bindings } from '../../env.ts';
import type { Source } from '../../sources/source.ts';
import type { FieldGroup, FieldSpec } from './field.ts';
import type { SourceType } from './words.ts';

/** What a form is for. One by its issuer has its addresses from there. */
export interface FormKind {
  type: SourceType;
  byIssuer: boolean;
}

/** The fields of a form, as they stand on the page. */
export interface FormFields extends FormKind {
  essential: FieldSpec[];
  addresses: FieldSpec[];
  groups: FieldGroup[];
}

/** Which fields a form has, and where. */
export function readFormFields(
  assets: Bindings['ASSETS'],
  { type, byIssuer }: FormKind,
): Promise<FormFields> {
  return readBuilt(assets, `source-form-${byIssuer ? 'issuer' : type}`);
}

/** All of them. */
export function allFields({ essential, addresses, groups }: FormFields): FieldSpec[] {
  return [...essential, ...addresses, ...groups.flatMap(({ fields }) => fields)];
}

/** The kind of the form that a source is changed by. */
export function kindOf({ definition }: Pick<Source, 'definition'>): FormKind {
  return { type: definition.type, byIssuer: definition.type === 'oauth2' && definition.issuer !== undefined };
}
