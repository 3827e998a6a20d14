/** The rules of admission, asked about objects whose surroundings are not known. */

import { ADMISSION_CHECKS, judge } from "../../../lib/admission/judge.ts";
import type {
  AdmissionRequest,
  AdmissionWorld,
  Finding,
  Verdict,
} from "../../../lib/admission/contract.ts";
import type { Admission } from "../../../lib/apiserver/request/admission.ts";

/** A world of which nothing is known, which denies nobody anything. */
const UNKNOWN_WORLD: AdmissionWorld = {
  network: () => "unknown",
  pools: () => [],
  usersOf: () => [],
  nodeAddresses: () => [],
  serviceCidrs: [],
  clusterCidrs: [],
  deploysAgents: false,
};

/** Rules that a cluster without the webhook does not have: even the record of a pool is not looked at. */
const RULES_OF_WEBHOOK = new Set(
  ADMISSION_CHECKS.filter(({ scope }) => scope === "world").map(({ name }) => name),
);

/** Judges an object by itself. */
export function judgeAlone(request: AdmissionRequest): Verdict {
  const { errors, warnings } = judge(request, UNKNOWN_WORLD);
  return { errors: errors.filter(isAlone), warnings: warnings.filter(isAlone) };
}

function isAlone({ check }: Finding): boolean {
  return !RULES_OF_WEBHOOK.has(check);
}

/** For an embedded API server, as a cluster without the webhook has it: objects by themselves. */
export function objectRules(): Admission {
  return { judge: judgeAlone };
}
