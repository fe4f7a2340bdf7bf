// What D1 says when it didn't get to answer: the statement may have been carried out, or not.
const transient =
  /Network connection lost|storage caused object to be reset|reset because its code was updated/;

const attempts = 3;

/**
 * Carries out a write that may be repeated, and repeats it where D1's answer was lost.
 *
 * @param write does the same however often it is carried out: its ids and times are made outside
 */
export async function repeatable<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
      if (!transient.test(text) || attempt === attempts) throw error;
    }
  }
}
