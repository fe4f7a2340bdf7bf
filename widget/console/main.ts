import { enableCopying } from '../landing/copy.ts';
import { fillFromFragment } from './fragment.ts';
import { fillFullAuthUrl, numberLines } from './sources.ts';
import { followTrial } from './test-source.ts';
import { tryIt } from './try-it.ts';

enableCopying();
fillFromFragment();
fillFullAuthUrl();
numberLines();
tryIt();
followTrial();
// A form that came back begins where something is wrong.
document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
