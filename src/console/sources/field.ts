import type { SourceType } from './words.ts';

/** A field of a definition as the form has it. */
export interface FieldSpec {
  /** As on the wire; a dot leads into an object. */
  path: string;
  label: string;
  explanation: string;
  /**
   * `block`: text of several lines. `words`: a list, divided by spaces or lines. `lines`: one whose items hold spaces.
   * `pairs`: a record, as `name=value` lines. `sealed`: the same of secrets, which are never filled in again.
   */
  kind: 'text' | 'block' | 'separator' | 'words' | 'lines' | 'pairs' | 'sealed' | Choices;
  types: readonly SourceType[];
  /** For these the API takes no null. */
  mandatory?: readonly SourceType[];
  example?: string;
  /** An address, an id, code. */
  mono?: boolean;
}

/** The values one can choose; '' is what holds where nothing is said. */
type Choices = readonly { value: string; text: string }[];

export interface FieldGroup {
  title: string;
  fields: FieldSpec[];
}

/** The name that a field has in the form. */
export function nameOf({ path }: FieldSpec): string {
  return path.replace('.', '_');
}

export const oauth = ['oauth2', 'oauth1'] as const;
export const oauth1 = ['oauth1'] as const;
export const oauth2 = ['oauth2'] as const;
export const apiKey = ['api_key'] as const;
export const basic = ['basic'] as const;
export const typed = ['api_key', 'basic'] as const;
export const signed = [...oauth, ...typed] as const;
export const all = [...signed, 'none'] as const;
