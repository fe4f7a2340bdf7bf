/**
 * What only the API's document says. The worker carries none of it: its build puts an empty function in the place of
 * this one, and with it what it is given goes.
 *
 * @returns what it is given
 */
export function apiDocs<T>(said: T): T {
  return said;
}
