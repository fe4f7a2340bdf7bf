import chromium from '@sparticuz/chromium';

/** Unpacks the browser once, before several test files at a time would. */
export default async function setup(): Promise<void> {
  if (process.env.CHROME_PATH === undefined) await chromium.executablePath();
}
