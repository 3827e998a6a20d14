/** Warnings of admission in the log, where nobody else would see those about manifests. */

import type { AdmissionRequest, Finding, Verdict } from "../../../lib/admission/contract.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import type { Logger } from "../../../lib/observe/logger.ts";

type Judge = (request: AdmissionRequest) => Verdict;

/**
 * Told of an object that is accepted, of what is worth a word about it, and whether that was a dry run,
 * which stores nothing.
 */
export type OnAccepted = (
  object: KubeObject,
  warnings: readonly Finding[],
  isDryRun: boolean,
) => void;

/** Objects whose last warning is remembered. */
const WARNED_MAX = 1000;

/** Tells of accepted objects as well. */
export function withAccepted(judge: Judge, onAccepted: OnAccepted): Judge {
  return (request) => {
    const verdict = judge(request);
    const { object, dryRun = false } = request;
    if (object !== undefined && verdict.errors.length === 0) {
      onAccepted(object, verdict.warnings, dryRun);
    }
    return verdict;
  };
}

/**
 * Logs warnings. One that an object had before is not logged again, as each write of it brings the same.
 * Nor is one of a dry run: manifests try each document alone at first, without those before it.
 */
export function warningLog(log: Logger): OnAccepted {
  const logged = new Map<string, string>();
  return (object, warnings, isDryRun) => {
    if (isDryRun) return;
    const key = `${object.kind} ${keyOf(object)}`;
    const text = warnings.map(({ field, message }) => `${field}: ${message}`).join("; ");
    if (text !== "" && logged.get(key) !== text) {
      log.log("warn", "an object is accepted with a warning", { object: key, warning: text });
    }
    if (logged.size >= WARNED_MAX) logged.clear();
    if (text === "") logged.delete(key);
    else logged.set(key, text);
  };
}
