import { showAccounts } from './accounts.ts';
import { enableCopying } from './copy.ts';
import { followSteps } from './follow-steps.ts';

enableCopying();
if (document.querySelector('#connect')) {
  followSteps();
  showAccounts();
}
