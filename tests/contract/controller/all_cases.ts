/** Every case of the controller, for all API servers that they run against. */

import { AGENT_REPORT_CASES } from "./agent_report_cases.ts";
import { AGENT_CASES } from "./agents_cases.ts";
import { AGENT_SURROUNDINGS_CASES } from "./agents_surroundings_cases.ts";
import { ADDRESS_CASES, type ControllerCase } from "./controller_cases.ts";
import { DELETION_CASES } from "./deletion_cases.ts";
import { EDITED_POOL_CASES } from "./controller_edited_pool_cases.ts";
import { GO_VERSION_CASES } from "./controller_go_version_cases.ts";
import { LIFECYCLE_CASES } from "./controller_lifecycle_cases.ts";
import { NETWORK_CASES } from "./controller_network_cases.ts";
import { NIC_CASES } from "./controller_nic_cases.ts";
import { POOL_CASES } from "./controller_pool_cases.ts";
import { RECORD_CASES } from "./controller_record_cases.ts";
import { VM_CASES } from "./vm_cases.ts";
import { VM_OBJECT_CASES } from "./vm_object_cases.ts";
import { VM_READING_CASES } from "./vm_reading_cases.ts";
import { WISH_CASES } from "./controller_wish_cases.ts";

export const CONTROLLER_CASES: readonly ControllerCase[] = [
  ...ADDRESS_CASES,
  ...AGENT_CASES,
  ...AGENT_REPORT_CASES,
  ...AGENT_SURROUNDINGS_CASES,
  ...DELETION_CASES,
  ...EDITED_POOL_CASES,
  ...GO_VERSION_CASES,
  ...LIFECYCLE_CASES,
  ...NETWORK_CASES,
  ...NIC_CASES,
  ...POOL_CASES,
  ...RECORD_CASES,
  ...VM_CASES,
  ...VM_OBJECT_CASES,
  ...VM_READING_CASES,
  ...WISH_CASES,
];
