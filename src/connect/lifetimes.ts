// How long each step of a connect may take.

const minute = 60_000;

export const runMs = 30 * minute;
export const stateMs = 10 * minute;
export const specialTokenMs = 10 * minute;
/** What a run brought in and nobody exchanged. */
export const grantMs = 60 * minute;
/** A page that said it is closing, and was silent for this long, has closed. */
export const leftMs = 2_000;
/** A link that a developer's server hands to a user. */
export const linkMs = 24 * 60 * minute;
/** A `connection_code` on its way to the developer's server. */
export const connectionCodeMs = 10 * minute;
