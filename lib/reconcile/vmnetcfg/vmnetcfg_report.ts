/** Events that tell users of a VirtualMachineNetworkConfig what has changed. */

import type { Note } from "../../api/event_note.ts";
import type { EventReason } from "../../api/event_reasons.ts";
import type { Observed } from "../../api/meta.ts";
import { networkNameOf } from "../../api/network_name.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { conditionMessageOf } from "../conditions.ts";
import type { NicFailureReason, NicOutcome } from "./nic_outcome.ts";

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
    ...[...before].filter((text) => !after.has(text)).map(releaseNote),
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
  return parsed.ok ? allocationsOf(parsed.value).map(releaseNote) : [];
}

/** Tells that a NIC gave an address back. */
export function releaseNoteOf(address: Ipv4Address, mac: MacAddress, network: string): Note {
  return releaseNote(`${formatIpv4Address(address)} for ${formatMacAddress(mac)} on ${network}`);
}

function releaseNote(text: string): Note {
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
