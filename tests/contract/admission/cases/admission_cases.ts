/** All cases of the rules of admission. */

import type { AdmissionCase } from "./admission_case.ts";
import { BINDING_CASES } from "./binding_cases.ts";
import { NETWORK_CASES } from "./network_cases.ts";
import { OVERLAP_CASES } from "./overlap_cases.ts";
import { POOL_CASES } from "./pool_cases.ts";
import { VMNETCFG_CASES } from "./vmnetcfg_cases.ts";

export const ADMISSION_CASES: readonly AdmissionCase[] = [
  ...POOL_CASES,
  ...NETWORK_CASES,
  ...OVERLAP_CASES,
  ...BINDING_CASES,
  ...VMNETCFG_CASES,
];
