/** Parses VirtualMachineNetworkConfig objects. */

import { defined } from "../../base/json.ts";
import { formatMacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { type Bounds, type FieldReader } from "../field_reader.ts";
import { describeImpossibleMac } from "../impossible_mac.ts";
import type { Parsed } from "../meta.ts";
import { networkNameOf } from "../network_name.ts";
import { parseObject, readConditions } from "../object_meta.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../resources.ts";
import { HOST_LABEL, IPV4_ADDRESS, MAC_ADDRESS, NETWORK_NAME, textUpTo } from "../text_rules.ts";
import type {
  NetworkConfig,
  NetworkConfigState,
  NetworkConfigStatus,
  VirtualMachineNetworkConfig,
  VirtualMachineNetworkConfigSpec,
  VirtualMachineNetworkConfigStatus,
} from "./vmnetcfg.ts";

const NICS: Bounds = { min: 0, max: 4 };

/**
 * Parses a VirtualMachineNetworkConfig. In the result both spellings of the list of NICs are one,
 * MAC addresses are in normal form and networks carry their namespace.
 *
 * @param raw JSON of any shape.
 * @returns The object, or every field that is wrong.
 */
export function parseVirtualMachineNetworkConfig(
  raw: unknown,
): Parsed<VirtualMachineNetworkConfig> {
  return parseObject(raw, VIRTUAL_MACHINE_NETWORK_CONFIGS, (root, metadata) => ({
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: VIRTUAL_MACHINE_NETWORK_CONFIGS.kind,
    metadata,
    spec: readSpec(root.child("spec"), metadata.namespace ?? ""),
    ...defined({ status: readStatus(root.optionalChild("status")) }),
  }));
}

/**
 * Why no network interface can have a MAC address; `undefined` when one can. Such a NIC gets no
 * address, and the others of its VM do.
 */
export function impossibleMacOf({ macAddress }: NetworkConfig): string | undefined {
  const mac = parseMacAddress(macAddress);
  return mac === undefined ? undefined : describeImpossibleMac(mac);
}

function readSpec(spec: FieldReader, namespace: string): VirtualMachineNetworkConfigSpec {
  const vmName = spec.string("vmName", textUpTo(64));
  if (spec.has("networkConfig") && spec.has("networkConfigs")) {
    spec.errors.add(spec.path, "Only one of networkConfig and networkConfigs may be set");
  }
  const key = spec.has("networkConfig") ? "networkConfig" : "networkConfigs";
  const nics = spec.children(key, NICS).map((nic) => readNetworkConfig(nic, namespace));
  return spec.shared({
    vmName,
    networkConfigs: spec.sharedList(key, nics),
    ...defined({ paused: spec.optionalBoolean("paused") }),
  });
}

function readNetworkConfig(nic: FieldReader, namespace: string): NetworkConfig {
  const networkName = nic.string("networkName", NETWORK_NAME);
  const macText = nic.string("macAddress", MAC_ADDRESS);
  const mac = parseMacAddress(macText);
  const macAddress = mac === undefined ? macText : formatMacAddress(mac);
  return nic.shared({
    networkName: networkNameOf(networkName, namespace),
    macAddress,
    ...defined({
      macText: macText === macAddress ? undefined : macText,
      ipAddress: nic.optionalString("ipAddress", IPV4_ADDRESS),
      hostname: nic.optionalString("hostname", HOST_LABEL),
    }),
  });
}

function readStatus(
  status: FieldReader | undefined,
): VirtualMachineNetworkConfigStatus | undefined {
  if (status === undefined) return undefined;
  return defined({
    networkConfigs: status.has("networkConfigs")
      ? status.sharedList(
        "networkConfigs",
        status.children("networkConfigs").map(readNetworkConfigStatus),
      )
      : undefined,
    conditions: readConditions(status),
  });
}

function readNetworkConfigStatus(nic: FieldReader): NetworkConfigStatus {
  return nic.shared(defined({
    allocatedIPAddress: nic.optionalString("allocatedIPAddress"),
    macAddress: nic.optionalString("macAddress"),
    networkName: nic.optionalString("networkName"),
    state: readState(nic),
  }));
}

function readState(nic: FieldReader): NetworkConfigState | undefined {
  const state = nic.optionalString("state");
  if (state === undefined || state === "Allocated" || state === "Pending" || state === "Stale") {
    return state;
  }
  nic.errors.add(nic.pathOf("state"), `must be Allocated, Pending or Stale, not "${state}"`);
  return undefined;
}
