/** What must hold within one object of our kinds. */

import { FieldErrors } from "../api/field_reader.ts";
import type { FieldError, KubeObject } from "../api/meta.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import { addressRangeOf, checkAddresses } from "../ipam/address_range.ts";
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
  return parsed.ok ? [] : parsed.errors;
}
