/** What a VirtualMachine wishes for its network interfaces. */

import { type JsonObject, ownValue } from "../../base/json.ts";
import { showValue } from "../../api/field_reader.ts";
import { describeImpossibleMac } from "../../api/impossible_mac.ts";
import { networkNameOf } from "../../api/network_name.ts";
import { MAC_ADDRESS, NETWORK_NAME } from "../../api/text_rules.ts";
import type { VirtualMachineNic } from "../../api/virtual_machine/virtual_machine.ts";
import { compareTexts } from "../claims.ts";
import {
  annotatedMacsOf,
  type AnnotatedVm,
  skippedNicsOf,
  staticAddressesOf,
} from "./vm_annotations.ts";
import type { VmProblem } from "./vm_problem.ts";

/** A network interface on a VM network. */
export interface VmNic {
  readonly name: string;
  /** `namespace/name`. */
  readonly network: string;
  /** As the VM has it; `undefined` while there is none that a network interface can have. */
  readonly mac: string | undefined;
  /** The address that the VM asks for. */
  readonly ipAddress: string | undefined;
}

/** What a VM wishes. */
export interface VmNics {
  /** Those that are to get an address, in the order of their names. */
  readonly nics: readonly VmNic[];
  /** Those that the VM wants none for. */
  readonly skipped: readonly VmNic[];
  readonly problems: readonly VmProblem[];
}

/** Gives the MAC address that an interface of the running VM has; asked only where the VM names none. */
export type RunningMacOf = (nicName: string) => string | undefined;

/** Reads the wishes of a VM. */
export function vmNicsOf(source: AnnotatedVm, runningMacOf: RunningMacOf): VmNics {
  const { metadata, vm } = source;
  const skips = skippedNicsOf(source);
  const macs = annotatedMacsOf(metadata);
  const addresses = staticAddressesOf(source, skips.value);
  const problems = [...skips.problems, ...macs.problems, ...addresses.problems];
  const nics: VmNic[] = [];
  const skipped: VmNic[] = [];
  for (const nic of vm.nics.toSorted((a, b) => compareTexts(a.name, b.name))) {
    const { name, networkName } = nic;
    if (networkName === undefined) continue;
    const network = networkNameOf(networkName, metadata.namespace ?? "");
    const isSkipped = skips.value.has(name);
    const text = macTextOf(nic, macs.value, runningMacOf);
    const mac = text === undefined ? undefined : readMac(text);
    const ipAddress = addresses.value.get(name);
    if (isSkipped) {
      skipped.push({ name, network, mac: mac?.mac, ipAddress });
    } else if (NETWORK_NAME.parse(network) === undefined) {
      problems.push(networkProblemOf(name, network));
    } else {
      nics.push({ name, network, mac: mac?.mac, ipAddress });
      if (mac?.fault !== undefined) problems.push(macProblemOf(name, text!, mac.fault));
    }
  }
  return { nics, skipped, problems };
}

/** What the VM itself says counts, then its annotation, then what runs. */
function macTextOf(
  { name, macAddress }: VirtualMachineNic,
  annotated: JsonObject,
  runningMacOf: RunningMacOf,
): string | undefined {
  for (const text of [macAddress, ownValue(annotated, name)]) {
    if (typeof text === "string" && text !== "") return text;
  }
  return runningMacOf(name);
}

function readMac(text: string): { readonly mac?: string; readonly fault?: string } {
  const mac = MAC_ADDRESS.parse(text);
  if (mac === undefined) return { fault: `it must be ${MAC_ADDRESS.expected}` };
  const fault = describeImpossibleMac(mac);
  return fault === undefined ? { mac: text } : { fault };
}

function macProblemOf(name: string, text: string, fault: string): VmProblem {
  const message = `the MAC address of network interface ${name} is ${showValue(text)}; ${fault}`;
  return { reason: "InvalidMACAddress", message };
}

function networkProblemOf(name: string, network: string): VmProblem {
  const message =
    `network interface ${name} gets no address: its network is ${showValue(network)}, ` +
    `and must be ${NETWORK_NAME.expected}`;
  return { reason: "InvalidNetworkName", message };
}
