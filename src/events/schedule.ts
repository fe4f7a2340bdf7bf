const minute = 60_000;
const hour = 60 * minute;

/** How long an attempt is its worker's: whoever died in it is taken for dead then. Longer than any attempt. */
export const claimMs = 30_000;

/** How long after its first, second, … failure an event is sent again: twelve attempts in about three days. */
const delaysMs = [
  minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  12 * hour,
  16 * hour,
  24 * hour,
];
/** Receivers that went down together don't get everything back at the same moment. */
const jitter = 0.2;

/** What waited behind others for so long doesn't wait for as long again… */
const patienceMs = 72 * hour;
/** …but is tried some times, as is what was replayed after weeks. */
const fewAttempts = 4;

/**
 * When a delivery is tried again, having failed.
 *
 * @param attempts made so far, this one included
 * @param createdAt of its event, in milliseconds since the epoch, as is what it returns
 * @returns null where it is given up on
 */
export function nextAttemptAt(
  { attempts, createdAt }: { attempts: number; createdAt: number },
  now: number,
): number | null {
  const delayMs = delaysMs[attempts - 1];
  if (delayMs === undefined) return null;
  if (attempts >= fewAttempts && now - createdAt >= patienceMs) return null;
  return now + Math.round(delayMs * (1 + jitter * Math.random()));
}
