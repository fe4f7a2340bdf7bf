import type { Problem } from '../protocol.ts';
import { nameOf } from './frame.ts';
import { fill, t } from './look.ts';
import { statement } from './panel.ts';
import type { Application } from './service.ts';

/** What the user is told of a failure, and whether trying again can help. */
export function explain(
  problem: Problem,
  application: Application | null,
  origin: string | null,
): { content: HTMLElement; retry: boolean } {
  const requestId = problem.request_id;
  const app = nameOf(application);
  const faults = (problem.details ?? []).map(({ path, message }) => `${path} ${message}`);
  switch (problem.error) {
    case 'network_error':
      return {
        content: statement({
          drawing: 'signal',
          tone: 'warning',
          title: t.networkTitle,
          text: t.networkText,
        }),
        retry: true,
      };
    case 'rate_limited':
      return {
        content: statement({
          drawing: 'clock',
          tone: 'warning',
          title: t.busyTitle,
          text: t.busyText,
          requestId,
        }),
        retry: true,
      };
    case 'origin_not_allowed':
      return {
        content: statement({
          drawing: 'shield',
          tone: 'danger',
          title: t.originTitle,
          text: fill(t.originText, { origin: origin ?? '' }),
          detail: origin ?? '',
          requestId,
        }),
        retry: false,
      };
    case 'invalid_request':
    case 'invalid_client':
    case 'insecure_context':
      return {
        content: statement({
          drawing: 'alert',
          tone: 'danger',
          title: t.configTitle,
          text: t.configText,
          detail: [`${problem.error}: ${problem.error_description}`, ...faults].join('\n'),
          requestId,
        }),
        retry: false,
      };
    case 'run_expired':
      return {
        content: statement({ drawing: 'clock', title: t.expiredTitle, text: fill(t.expiredText, { app }) }),
        retry: false,
      };
    case 'not_found':
    case 'run_ended':
    case 'access_denied':
    case 'invalid_token':
      return {
        content: statement({ drawing: 'window', title: t.browserTitle, text: t.browserText, requestId }),
        retry: false,
      };
    default:
      return {
        content: statement({
          drawing: 'alert',
          tone: 'danger',
          title: t.errorTitle,
          text: t.errorText,
          detail: problem.error,
          requestId,
        }),
        retry: true,
      };
  }
}
