/** For each alert, in the order of the file: when it fires, and when it does not although it looks alike. */

import type { AlertCase } from "./alert_case.ts";
import { AGENT_CASES, NETWORK_CASES, POOL_CASES } from "./pool_alert_cases.ts";
import { CONTROLLER_CASES, PROCESS_CASES } from "./process_alert_cases.ts";
import { WEBHOOK_CASES } from "./webhook_alert_cases.ts";

export const ALERT_CASES: readonly AlertCase[] = [
  ...[...POOL_CASES, ...AGENT_CASES, ...NETWORK_CASES],
  ...[...CONTROLLER_CASES, ...WEBHOOK_CASES, ...PROCESS_CASES],
];
