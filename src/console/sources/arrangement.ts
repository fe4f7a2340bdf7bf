import { addressFields, essentialFields, faceFields, issuerField } from './essential-fields.ts';
import type { FieldGroup, FieldSpec } from './field.ts';
import { furtherGroups } from './further-fields.ts';
import type { SourceType } from './words.ts';

/** What a form is for. One by its issuer has its addresses from there. */
export interface FormKind {
  type: SourceType;
  byIssuer: boolean;
}

/** The fields of a form, as they stand on the page. */
export interface Arrangement {
  essential: FieldSpec[];
  addresses: FieldSpec[];
  groups: FieldGroup[];
}

/** Which fields a form has, and where. */
export function arrange({ type, byIssuer }: FormKind): Arrangement {
  const own = (fields: FieldSpec[]) => fields.filter(({ types }) => types.includes(type));
  const [name, ...others] = own(essentialFields);
  const first = name ? [name] : [];
  const groups = [
    ...(byIssuer ? [{ title: 'Addresses in place of the issuer’s', fields: addressFields }] : []),
    ...furtherGroups,
    { title: 'Logo and slug', fields: faceFields },
  ];
  return {
    essential: byIssuer ? [...first, issuerField, ...others] : [...first, ...others],
    addresses: byIssuer ? [] : own(addressFields),
    groups: groups
      .map(({ title, fields }) => ({ title, fields: own(fields) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

/** All of them. */
export function fieldsOf(kind: FormKind): FieldSpec[] {
  const { essential, addresses, groups } = arrange(kind);
  return [...essential, ...addresses, ...groups.flatMap(({ fields }) => fields)];
}
