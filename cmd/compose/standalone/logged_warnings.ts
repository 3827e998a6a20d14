/** Warnings of admission in the log, where nobody else would see those about manifests. */

import type { AdmissionRequest, Verdict } from "../../../lib/admission/contract.ts";
import { keyOf } from "../../../lib/api/meta.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

type Judge = (request: AdmissionRequest) => Verdict;

/** Objects whose last warning is remembered. */
const WARNED_MAX = 1000;

/**
 * Logs the warnings of accepted changes as well. One that an object had before is not logged again, as
 * each write of it brings the same.
 */
export function withLog(judge: Judge, log: Logger): Judge {
  const logged = new Map<string, string>();
  return (request) => {
    const verdict = judge(request);
    const { object } = request;
    if (object === undefined || verdict.errors.length > 0) return verdict;
    const key = `${object.kind} ${keyOf(object)}`;
    const text = verdict.warnings.map(({ field, message }) => `${field}: ${message}`).join("; ");
    if (text !== "" && logged.get(key) !== text) {
      log.log("warn", "an object is accepted with a warning", { object: key, warning: text });
    }
    if (logged.size >= WARNED_MAX) logged.clear();
    if (text === "") logged.delete(key);
    else logged.set(key, text);
    return verdict;
  };
}
