/** Makes the runtime let go of what nothing refers to, for faults that only then show. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage; old runtimes cannot be made to, there it does nothing. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  // What the present turn holds is not garbage yet.
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (typeof collect === "function") collect();
}
