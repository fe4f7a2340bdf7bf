import type { Frame, Page } from 'playwright-core';
import type { RecordedCall } from './app-page.ts';

/** Presses the application's button and gives the popup that opens. */
export async function openPopup(page: Page, within: Page | Frame = page): Promise<Page> {
  const opened = page.waitForEvent('popup');
  await within.getByRole('button', { name: 'Connect', exact: true }).click();
  return opened;
}

/** The popup's button of one data source. */
export function sourceButton(popup: Page, name: string) {
  return popup.getByRole('button', { name, exact: true });
}

export function finishButton(popup: Page) {
  return popup.getByRole('button', { name: 'Finish Connecting Data', exact: true });
}

/** Goes through a data source whose consent page has the buttons **Allow** and **Deny**, until the list is back. */
export async function consentTo(
  popup: Page,
  sourceName: string,
  decision: 'Allow' | 'Deny' = 'Allow',
): Promise<void> {
  await sourceButton(popup, sourceName).click();
  await popup.getByRole('button', { name: decision, exact: true }).click();
  await sourceButton(popup, sourceName).waitFor();
}

/** Finishes the run and waits until the popup has closed itself. */
export async function finishRun(popup: Page): Promise<void> {
  const closed = popup.isClosed() ? Promise.resolve() : popup.waitForEvent('close');
  await finishButton(popup).click();
  await closed;
}

/** Waits until the page has been told of so many ends of runs, and gives them in order. */
export async function endsOfRuns(within: Page | Frame, count = 1): Promise<RecordedCall[]> {
  await within.waitForFunction(
    // Not there yet on a page that is still loading.
    (wanted) => (window.recordedCalls ?? []).filter((call) => call.callback !== 'event').length >= wanted,
    count,
  );
  return within.evaluate(() => window.recordedCalls.filter((call) => call.callback !== 'event'));
}

/** The one success that a page was told of; throws where its run ended otherwise. */
export async function successOf(within: Page | Frame): Promise<{ specialToken: string } & RecordedCall> {
  const [call, ...others] = await endsOfRuns(within);
  if (call?.specialToken === undefined || others.length > 0) {
    throw new Error(`Expected one success: ${JSON.stringify([call, ...others])}`);
  }
  return { ...call, specialToken: call.specialToken };
}
