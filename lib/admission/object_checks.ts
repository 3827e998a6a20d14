/** What must hold within one object of our kinds. */

import { FieldErrors } from "../api/field_reader.ts";
import type { FieldError, KubeObject } from "../api/meta.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import {
  impossibleMacOf,
  parseVirtualMachineNetworkConfig,
} from "../api/vmnetcfg/parse_vmnetcfg.ts";
import type { NetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { addressRangeOf, checkAddresses } from "../ipam/address_range.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";
import { specialBlockOfAddress } from "../net/special_blocks.ts";
import { checkClientOptions } from "./client_option_checks.ts";

/** Checks the texts of a pool, and then whether its fields fit together. */
export function checkIPPool(object: KubeObject): readonly FieldError[] {
  const parsed = parseIPPool(object);
  if (!parsed.ok) return parsed.errors;
  const settings = parsed.value.spec.ipv4Config;
  const errors = new FieldErrors();
  const range = addressRangeOf(settings);
  const faults = [
    ...(range.ok ? [] : range.errors),
    ...checkAddresses(settings),
    ...settings.impossible,
    ...checkClientOptions(settings),
  ];
  for (const { field, message } of faults) errors.add(field, message);
  return errors.list;
}

/**
 * Checks the texts of a VirtualMachineNetworkConfig. A MAC that stands there twice is not refused:
 * it would cost the VM its other NICs; the second NIC is told instead.
 */
export function checkVirtualMachineNetworkConfig(object: KubeObject): readonly FieldError[] {
  const parsed = parseVirtualMachineNetworkConfig(object);
  if (!parsed.ok) return parsed.errors;
  // As the list is called in this object.
  const list = Object.hasOwn(object.spec as object, "networkConfig")
    ? "networkConfig"
    : "networkConfigs";
  return parsed.value.spec.networkConfigs.flatMap((nic, i) => checkNic(nic, `spec.${list}[${i}]`));
}

function checkNic(nic: NetworkConfig, path: string): FieldError[] {
  const impossible = impossibleMacOf(nic);
  const wanted = parseIpv4Address(nic.ipAddress ?? "");
  const block = wanted === undefined ? undefined : specialBlockOfAddress(wanted);
  return [
    ...(impossible === undefined ? [] : [{ field: `${path}.macAddress`, message: impossible }]),
    ...(block === undefined
      ? []
      : [{ field: `${path}.ipAddress`, message: `${nic.ipAddress} is of ${block}` }]),
  ];
}
