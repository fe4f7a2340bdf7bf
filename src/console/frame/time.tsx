const steps = [
  { unit: 'year', ms: 365 * 24 * 3_600_000 },
  { unit: 'month', ms: 30 * 24 * 3_600_000 },
  { unit: 'day', ms: 24 * 3_600_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' });

/** An instant in milliseconds, as told from `now`; the exact one on hover. */
export function Time({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={`${exact.format(at)} UTC`}>
      {tell(at - now)}
    </time>
  );
}

function tell(ms: number): string {
  const step = steps.find((candidate) => Math.abs(ms) >= candidate.ms);
  return step ? relative.format(Math.trunc(ms / step.ms), step.unit) : 'just now';
}
