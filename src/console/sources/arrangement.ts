import { addressFields, essentialFields, faceFields, issuerField } from './essential-fields.ts';
import type { FieldSpec } from './field.ts';
import type { FormFields, FormKind } from './form-fields.ts';
import { furtherGroups } from './further-fields.ts';
import { typeNames } from './words.ts';

/** Which fields a form has, and where. The build asks; the worker reads what was built. */
export function arrange({ type, byIssuer }: FormKind): FormFields {
  const own = (fields: FieldSpec[]) => fields.filter(({ types }) => types.includes(type));
  const [name, ...others] = own(essentialFields);
  const first = name ? [name] : [];
  const groups = [
    ...(byIssuer ? [{ title: 'Addresses in place of the issuer’s', fields: addressFields }] : []),
    ...furtherGroups,
    { title: 'Logo and slug', fields: faceFields },
  ];
  return {
    type,
    byIssuer,
    essential: byIssuer ? [...first, issuerField, ...others] : [...first, ...others],
    addresses: byIssuer ? [] : own(addressFields),
    groups: groups
      .map(({ title, fields }) => ({ title, fields: own(fields) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

/** The forms there are: one a type, and one for sources with an issuer. */
export const formKinds: FormKind[] = [
  ...(Object.keys(typeNames) as FormKind['type'][]).map((type) => ({ type, byIssuer: false })),
  { type: 'oauth2', byIssuer: true },
];
