/** Many requests at once. */

const CALLERS = 8;

/**
 * Calls again and again, several at a time, until the signal aborts.
 *
 * @returns How often. Rejects with the error of the first call that failed.
 */
export function load(call: () => Promise<unknown>, signal: AbortSignal): Promise<number> {
  let calls = 0;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!signal.aborted) {
      await call();
      calls++;
      // Lets everything else have its turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
  const ended = Promise.all(callers).then(() => calls);
  ended.catch(() => undefined);
  return ended;
}
