/** What users are told of a VirtualMachineNetworkConfig: its condition, and Events when something changed. */

import { joinSome } from "../../base/sentences.ts";
import type { Note } from "../../api/event_note.ts";
import type { EventReason } from "../../api/event_reasons.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import { networkNameOf } from "../../api/network_name.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { conditionMessageOf, type WantedCondition } from "../conditions.ts";
import { VM_PROBLEMS_ANNOTATION } from "../names.ts";
import type { NicFailureReason, NicOutcome } from "./nic_outcome.ts";

/** Type of the condition that says what of its VM an object does not follow. */
export const FOLLOWS_VM = "FollowsVM";

/**
 * Whether every NIC that can get an address has what it wants. A NIC on a network without a pool
 * counts only when no other NIC is served.
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
  // Several NICs on one network without a pool share a sentence.
  const sentences = new Set(failures.map((failure) => failure.message));
  const message = joinSome([...sentences], "; ");
  const grave = failures.find(({ reason }) => reason !== "NoIPPool");
  const isServed = outcomes.some(({ address }) => address !== undefined);
  if (grave === undefined && isServed) {
    return { type, status: "True", reason: "AddressesRecorded", message };
  }
  return { type, status: "False", reason: (grave ?? failures[0])!.reason, message };
}

/** Why there is nothing to wait for. */
const NOT_PENDING = ["NoNetworkConfigs", "Paused", "InvalidSpec", "BeingDeleted"];

/**
 * The summary `Ready`, which tools look for: `Allocated`, with the state of the object in one word as its
 * reason. A pause, a specification that cannot be read and a deletion are states of their own.
 */
export function readyConditionOf(allocated: WantedCondition): WantedCondition {
  const { status, reason } = allocated;
  const pending = NOT_PENDING.includes(reason) ? reason : "Pending";
  return { ...allocated, type: "Ready", reason: status === "True" ? "Allocated" : pending };
}

/**
 * What the VM asks for and does not get, such as a fifth interface or an address that is none. The controller
 * of VMs leaves it in an annotation; without one there is no condition.
 */
export function followsVmConditionsOf({ metadata }: KubeObject): readonly WantedCondition[] {
  const message = metadata.annotations?.[VM_PROBLEMS_ANNOTATION];
  if (message === undefined) return [];
  const reason = /^\w+(?=: )/.exec(message)?.[0] ?? "SeeMessage";
  return [{ type: FOLLOWS_VM, status: "False", reason, message }];
}

/** Notes on what differs between the status as it stands and the outcomes about to be written. */
export function notesOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  outcomes: readonly NicOutcome[],
): readonly Note[] {
  const before = new Set(allocationsOf(vmnetcfg));
  const after = new Set(
    outcomes.flatMap(({ nic, address, toldStill }) => {
      const held = address ?? toldStill;
      if (held === undefined) return [];
      return [`${formatIpv4Address(held)} for ${nic.macAddress} on ${nic.networkName}`];
    }),
  );
  const told = conditionMessageOf(vmnetcfg.status?.conditions, "Allocated");
  return [
    ...[...before].filter((text) => !after.has(text)).map(releaseNoteOf),
    ...[...after].filter((text) => !before.has(text)).map((text): Note => ({
      type: "Normal",
      reason: "IPAllocated",
      note: `allocated ${text}`,
    })),
    ...outcomes.flatMap(({ failure }): Note[] =>
      failure === undefined || told.includes(failure.message)
        ? []
        : [{ type: "Warning", reason: eventReasonOf(failure.reason), note: failure.message }]
    ),
  ];
}

/** Notes on the addresses that an object gives back when it goes. */
export function releaseNotesOf(
  { parsed }: Observed<VirtualMachineNetworkConfig>,
): readonly Note[] {
  return parsed.ok ? allocationsOf(parsed.value).map(releaseNoteOf) : [];
}

function releaseNoteOf(text: string): Note {
  return { type: "Normal", reason: "IPReleased", note: `released ${text}` };
}

/** In the words of an Event, in which a MAC is written one way only. */
function allocationsOf({ metadata, status }: VirtualMachineNetworkConfig): readonly string[] {
  return (status?.networkConfigs ?? []).flatMap(
    ({ state, allocatedIPAddress, macAddress = "", networkName = "" }) => {
      if (state !== "Allocated") return [];
      const mac = parseMacAddress(macAddress);
      const macText = mac === undefined ? macAddress : formatMacAddress(mac);
      const network = networkNameOf(networkName, metadata.namespace ?? "");
      return [`${allocatedIPAddress} for ${macText} on ${network}`];
    },
  );
}

function eventReasonOf(reason: NicFailureReason): EventReason {
  return reason === "NoIPPool" ? "NoIPPoolForNetwork" : reason;
}
