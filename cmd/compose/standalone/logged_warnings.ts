/** Warnings of admission in the log, where nobody else would see those about manifests. */

import type { admissionWarnings } from "../../../lib/admission/admission_warnings.ts";
import { keyOf } from "../../../lib/api/meta.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

type Warnings = typeof admissionWarnings;

/** Objects whose last warning is remembered. */
const WARNED_MAX = 1000;

/**
 * Logs warnings as well. One that an object had before is not logged again, as each write of it
 * brings the same.
 */
export function withLog(warnings: Warnings, log: Logger): Warnings {
  const logged = new Map<string, string>();
  return (request) => {
    const sentences = warnings(request);
    const { object } = request;
    if (object === undefined) return sentences;
    const key = `${object.kind} ${keyOf(object)}`;
    const text = sentences.join("; ");
    if (text !== "" && logged.get(key) !== text) {
      log.log("warn", "an object is accepted with a warning", { object: key, warning: text });
    }
    if (logged.size >= WARNED_MAX) logged.clear();
    if (text === "") logged.delete(key);
    else logged.set(key, text);
    return sentences;
  };
}
