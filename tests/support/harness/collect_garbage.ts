/** Collects garbage, for faults that show only then. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage. It does nothing on old runtimes, which offer no way to do it. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  // What the current turn holds is not garbage yet.
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (typeof collect === "function") collect();
}
