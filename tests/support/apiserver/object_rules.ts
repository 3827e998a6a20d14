/** The rules of admission, asked about objects whose surroundings are not known. */

import { judge } from "../../../lib/admission/judge.ts";
import type { AdmissionRequest, AdmissionWorld, Verdict } from "../../../lib/admission/contract.ts";
import type { Admission } from "../../../lib/apiserver/request/admission.ts";

/** A world of which nothing is known, which denies nobody anything. */
export const UNKNOWN_WORLD: AdmissionWorld = {
  network: () => "unknown",
  pools: () => [],
  usersOf: () => [],
  nodeAddresses: () => [],
  serviceCidrs: [],
  clusterCidrs: [],
  deploysAgents: false,
};

/** Judges an object by itself. */
export function judgeAlone(request: AdmissionRequest): Verdict {
  return judge(request, UNKNOWN_WORLD);
}

/** For an embedded API server, as a cluster without the webhook has it: objects by themselves. */
export function objectRules(): Admission {
  return { judge: judgeAlone };
}
