/** The part that several subjects have in common: NICs of one VirtualMachineNetworkConfig. */

import { keyOf, type Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { agoOf } from "../ago.ts";
import { askAll } from "../ask.ts";
import type { Check, World } from "../contract.ts";
import type { Facts } from "../facts.ts";
import { describeNic, type Nic, nicsOf } from "../nic.ts";
import { lastAskedOf } from "../questions/agents.ts";
import { hasLapsed } from "../questions/asked.ts";
import { NIC_QUESTIONS } from "../questions/nic.ts";
import { VM_QUESTIONS } from "../questions/vm.ts";

/** An object with the checks of it and of its NICs. */
export interface AskedVm {
  readonly key: string;
  readonly nics: readonly Nic[];
  readonly checks: readonly Check[];
}

/**
 * Asks about the VM of an object.
 *
 * @param isWanted Whether a NIC is one that was asked about.
 */
export function askVm(
  vmnetcfg: Observed<VirtualMachineNetworkConfig>,
  { facts, world, isWanted }: {
    readonly facts: Facts;
    readonly world: World;
    readonly isWanted: (nic: Nic) => boolean;
  },
): AskedVm {
  const key = keyOf(vmnetcfg.object);
  const { namespace = "", name } = vmnetcfg.object.metadata;
  const subject = { name: { namespace, name }, vm: undefined, vmnetcfg };
  const before = askAll(VM_QUESTIONS, { subject, about: key }, world);
  const all = vmnetcfg.parsed.ok ? nicsOf(vmnetcfg.parsed.value, facts, world) : [];
  const nics = all.filter(isWanted);
  const checks = nics.flatMap((nic) =>
    askAll(NIC_QUESTIONS, { subject: nic, about: describeNic(nic), before }, world)
  );
  return { key, nics, checks: [...before, ...checks] };
}

/** What becomes of a NIC for which a check did not go well. */
export function headOfNic({ key, nics }: AskedVm, { about, code, verdict }: Check): string {
  const nic = nics.find((each) => describeNic(each) === about) ?? nics[0];
  const who = nics.length > 1 && nic !== undefined ? `${nic.config.macAddress} of ${key}` : key;
  if (nic?.address === undefined) return `${who} has no address`;
  if (verdict === "unknown") {
    return `${who} has ${nic.address}, but whether it uses it could not be decided`;
  }
  return `${who} has ${nic.address}${consequenceOf(code)}`;
}

function consequenceOf(code: string): string {
  switch (code) {
    case "NIC_POOL_NOT_PAUSED":
    case "NIC_POOL_VALID":
    case "NIC_AGENT_READY":
    case "NIC_AGENT_KNOWS":
      return ", but gets no answer";
    case "NIC_ADDRESS_GIVEN":
      return ", but not as it should be";
    case "NIC_ASKED":
      return ", but nobody asks for it";
    case "NIC_ANSWERED":
    case "NIC_WAY_CLEAR":
      return ", but may not use it";
    default:
      return ", but not all is well";
  }
}

/**
 * When the client of a NIC asked last, as the end of a sentence.
 *
 * @param asks Its subject, where that of the sentence is not what asks.
 */
export function sayAsked(nic: Nic, nowMs: number, asks = ""): string {
  const asked = lastAskedOf(nic.config.macAddress, nic.agents);
  if (asked === undefined) return "";
  const late = hasLapsed(nic, asked, nowMs) ? ", so that its lease has run out" : "";
  return `, and ${asks}last asked ${agoOf(asked.time, nowMs)}${late}`;
}

/** Says of NICs that are well what they have. */
export function sayWell({ key, nics }: AskedVm, { nowMs }: World): string {
  const [only, ...others] = nics;
  if (only === undefined) return `${key} needs no address`;
  const each = [only, ...others].map((nic) => {
    const who = others.length === 0 ? key : nic.config.macAddress;
    return `${who} has ${nic.address}${sayAsked(nic, nowMs)}`;
  });
  return others.length === 0 ? each[0]! : `${key} is served: ${each.join("; ")}`;
}
