import type { Remedies } from '../console/activity/pictures.tsx';
import type { ApplicationCode } from '../console/applications/code-parts.tsx';
import type { TryParts } from '../console/applications/try-parts.tsx';
import type { CheckTexts } from '../console/settings/checks-list.ts';
import type { ChooseParts } from '../console/sources/choose-parts.tsx';
import type { FindingTexts } from '../console/sources/diagnosis-finding.ts';
import type { FormFields } from '../console/sources/form-fields.ts';
import type { Meanings } from '../console/sources/test-parameters.ts';
import type { SourceType } from '../console/sources/words.ts';
import type { ConsentParts } from '../sandbox/consent/consent-parts.tsx';

/** What the build writes for the worker, by name. HTML has blanks. */
export type Contents = {
  /** The landing page, without the sandbox and with it. */
  landing: string;
  'landing-sandbox': string;
  'try-it': TryParts;
  'application-code': ApplicationCode;
  checks: CheckTexts;
  'new-source': ChooseParts;
  findings: FindingTexts;
  parameters: Meanings;
  remedies: Remedies;
  consent: ConsentParts;
} & { [Kind in SourceType | 'issuer' as `source-form-${Kind}`]: FormFields };
