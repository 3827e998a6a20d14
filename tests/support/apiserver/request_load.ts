/** Many requests at once, and a folder for what changes meanwhile. */

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

/** Runs a test with a folder of its own. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
