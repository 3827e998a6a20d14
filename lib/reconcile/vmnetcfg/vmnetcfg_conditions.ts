/** The condition Allocated of a VirtualMachineNetworkConfig. */

import { keyOf } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { WantedCondition } from "../conditions.ts";
import type { NicOutcome } from "./nic_outcome.ts";

/**
 * Whether every NIC that can get an address has what it wants. A NIC on a network without a pool
 * is nobody's business next to one that is served; if no NIC is served, it is the reason.
 */
export function allocatedConditionOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  outcomes: readonly NicOutcome[],
): WantedCondition {
  const type = "Allocated";
  const key = keyOf(vmnetcfg);
  if (vmnetcfg.spec.paused === true) {
    const message = `vmnetcfg ${key} was administratively disabled`;
    return { type, status: "False", reason: "Paused", message };
  }
  if (outcomes.length === 0) {
    const message = `no network configs found for vmnetcfg ${key}`;
    return { type, status: "False", reason: "NoNetworkConfigs", message };
  }
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const message = failures.map((failure) => failure.message).join("; ");
  const grave = failures.find(({ reason }) => reason !== "NoIPPool");
  const isServed = outcomes.some(({ address }) => address !== undefined);
  if (grave === undefined && isServed) {
    return { type, status: "True", reason: "AddressesRecorded", message };
  }
  return { type, status: "False", reason: (grave ?? failures[0])!.reason, message };
}
