/** Two people who don't exist. `.example` is reserved (RFC 2606): no mail reaches anyone. */
export const accounts = [
  { id: 'person-1815', name: 'Ada Brook', email: 'ada@sandbox.example' },
  { id: 'person-1906', name: 'Grace Field', email: 'grace@sandbox.example' },
] as const;

type Account = (typeof accounts)[number];
export type AccountId = Account['id'];

const dayMs = 86_400_000;

/** Who holds the account. */
export function profileOf(id: AccountId): Account {
  return accounts.find((account) => account.id === id) ?? accounts[0];
}

/** Steps on the last seven days, today's last; the same on every call of a day. `now` in milliseconds. */
export function stepsOf(id: AccountId, now: number) {
  return lastSevenDays(now).map((day) => ({
    date: dateOf(day),
    steps: madeUp(id, 'steps', day, 3200, 14_800),
  }));
}

/** Heart rates, in beats per minute, on the last seven days. `now` in milliseconds. */
export function heartRatesOf(id: AccountId, now: number) {
  return lastSevenDays(now).map((day) => ({
    date: dateOf(day),
    resting: madeUp(id, 'resting', day, 54, 66),
    highest: madeUp(id, 'highest', day, 121, 168),
  }));
}

/** The album: titles and sizes in pixels, without pictures. */
export function photosOf(id: AccountId) {
  return ['Kettle, morning', 'The long stairs', 'Wet leaves', 'Somebody’s bicycle'].map((title, number) => ({
    id: `photo-${madeUp(id, 'photo', number, 1000, 9999)}`,
    title,
    width: 3000,
    height: 2000,
  }));
}

function lastSevenDays(now: number): number[] {
  const today = Math.floor(now / dayMs);
  return Array.from({ length: 7 }, (_, index) => today - 6 + index);
}

function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** A whole number from `least` to `most` that depends on nothing but the arguments (FNV-1a). */
function madeUp(id: AccountId, what: string, day: number, least: number, most: number): number {
  let hash = 0x811c9dc5;
  for (const char of `${id}/${what}/${day}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return least + (hash % (most - least + 1));
}
