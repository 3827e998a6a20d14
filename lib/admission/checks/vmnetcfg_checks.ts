/** The rules for VirtualMachineNetworkConfigs. */

import { impossibleMacOf } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { specialBlockOfAddress } from "../../net/special_blocks.ts";
import type { Check } from "../admission_check.ts";
import { changedFields, VMNETCFG_IMMUTABLE } from "../immutable_fields.ts";
import { NIC_CHECKS } from "./nic_checks.ts";
import { ofNics } from "./nic_questions.ts";

const WRITES = ["CREATE", "UPDATE"] as const;

/**
 * A MAC that stands there twice is not refused: it would cost the VM its other NICs; the second NIC is
 * told instead.
 */
export const VMNETCFG_CHECKS: readonly Check<VirtualMachineNetworkConfig>[] = [
  {
    name: "vmnetcfg-immutable",
    operations: ["UPDATE"],
    effect: "deny",
    scope: "change",
    says: "`vmName` stays as it is.",
    check: (after, _world, before) => changedFields(VMNETCFG_IMMUTABLE, after, before),
  },
  {
    name: "vmnetcfg-fields",
    operations: WRITES,
    effect: "deny",
    scope: "object",
    says: "Each field has the form that the definition describes, and only one spelling of " +
      "`networkConfigs` is used.",
    check: ({ parsed }) => parsed.ok ? [] : parsed.errors,
  },
  {
    name: "vmnetcfg-possible-values",
    operations: WRITES,
    effect: "deny",
    scope: "object",
    says: "A network interface can have the `macAddress`, and a host the `ipAddress`.",
    check: ofNics((nic, path) => {
      const impossible = impossibleMacOf(nic);
      const wanted = parseIpv4Address(nic.ipAddress ?? "");
      const block = wanted === undefined ? undefined : specialBlockOfAddress(wanted);
      return [
        ...(impossible === undefined ? [] : [{ field: `${path}.macAddress`, message: impossible }]),
        ...(block === undefined
          ? []
          : [{ field: `${path}.ipAddress`, message: `${nic.ipAddress} is of ${block}` }]),
      ];
    }),
  },
  ...NIC_CHECKS,
];
