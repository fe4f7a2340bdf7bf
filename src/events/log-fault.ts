/**
 * Writes to the log what went wrong behind an answer. Of the error it names the kind and the first line: a failed
 * statement's goes on with its parameters.
 */
export function logFault(task: string, error: unknown, about: Record<string, unknown> = {}): void {
  const failure = error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : 'unknown';
  console.error(JSON.stringify({ level: 'error', task, ...about, failure }));
}
