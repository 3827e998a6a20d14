/** How rules for VirtualMachineNetworkConfigs look at their NICs. */

import { asJsonObject } from "../../base/json.ts";
import type { FieldError, Observed } from "../../api/meta.ts";
import type { NetworkConfig, VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { AdmissionWorld } from "../contract.ts";

/** A check of each NIC, which gets its path as the list is called in the object. */
export function ofNics(
  check: (nic: NetworkConfig, path: string, world: AdmissionWorld) => readonly FieldError[],
): (
  vmnetcfg: Observed<VirtualMachineNetworkConfig>,
  world: AdmissionWorld,
) => readonly FieldError[] {
  return ({ object, parsed }, world) => {
    if (!parsed.ok) return [];
    const list = nicListOf(object.spec);
    return parsed.value.spec.networkConfigs.flatMap((nic, i) =>
      check(nic, `spec.${list}[${i}]`, world)
    );
  };
}

/** What the list of NICs is called in a specification. */
export function nicListOf(spec: unknown): "networkConfig" | "networkConfigs" {
  return Object.hasOwn(asJsonObject(spec) ?? {}, "networkConfig")
    ? "networkConfig"
    : "networkConfigs";
}
