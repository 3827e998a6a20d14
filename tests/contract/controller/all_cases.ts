/** Every case of the controller, for all API servers that they run against. */

import { ADDRESS_CASES, type ControllerCase } from "./controller_cases.ts";
import { LIFECYCLE_CASES } from "./controller_lifecycle_cases.ts";
import { NETWORK_CASES } from "./controller_network_cases.ts";
import { POOL_CASES } from "./controller_pool_cases.ts";
import { RECORD_CASES } from "./controller_record_cases.ts";
import { VM_CASES } from "./vm_cases.ts";
import { VM_OBJECT_CASES } from "./vm_object_cases.ts";

export const CONTROLLER_CASES: readonly ControllerCase[] = [
  ...ADDRESS_CASES,
  ...LIFECYCLE_CASES,
  ...RECORD_CASES,
  ...NETWORK_CASES,
  ...POOL_CASES,
  ...VM_CASES,
  ...VM_OBJECT_CASES,
];
