/**
 * Every reason for which an Event is recorded: what it means and what to do. `docs/events.md` has its
 * tables from here.
 */

import type { EventMeaning, EventSubject } from "./event_meaning.ts";
import { NIC_EVENT_REASONS } from "./nic_event_reasons.ts";

const VM: readonly EventSubject[] = ["VirtualMachine"];
const POOL: readonly EventSubject[] = ["IPPool"];
const NETWORK: readonly EventSubject[] = ["NetworkAttachmentDefinition"];

/** By reason, what it means: first those of NICs, then of pools, VMs, networks and Leases. */
export const EVENT_REASONS = {
  ...NIC_EVENT_REASONS,
  IPPoolInUse: {
    type: "Warning",
    on: POOL,
    meaning:
      "The pool is being deleted while VMs hold its addresses. It serves them until they are gone.",
    cure: "Delete the VirtualMachineNetworkConfigs that the Event names.",
  },
  OptionsLeftOut: {
    type: "Warning",
    on: POOL,
    meaning: "Not all options fit into a reply to a client that accepts short ones only.",
    cure: "Shorten or remove one of the options that the Event names.",
  },
  RecordHasProblems: {
    type: "Warning",
    on: POOL,
    meaning:
      "The record of addresses has something that should not be there, or lacks something. The rest is served.",
    cure: "Do what the Event says for each address.",
  },
  EntryRemoved: {
    type: "Normal",
    on: POOL,
    meaning:
      "An entry of the record that was not a MAC was removed: no object had claimed it for a day.",
    cure: "",
  },
  SpecHasProblems: {
    type: "Warning",
    on: POOL,
    meaning: "A value of the specification cannot be used. It is left out, and the rest is served.",
    cure: "Correct the fields that the Event names.",
  },
  AgentNotReady: {
    type: "Warning",
    on: POOL,
    meaning: "No agent of the pool answers any more, or for another reason than before.",
    cure: "Do what the Event says. VMs keep their addresses until their leases end.",
  },
  AgentReady: {
    type: "Normal",
    on: POOL,
    meaning: "The agents of the pool answer again.",
    cure: "",
  },
  AgentStale: {
    type: "Warning",
    on: POOL,
    meaning:
      "An agent answers from the version of the pool that it had kept: since it started, the API " +
      "server has given it none that it can serve.",
    cure: "Look at the log of the agent that the Event names, and at the network of its node.",
  },
  OtherServer: {
    type: "Warning",
    on: POOL,
    meaning: "Another DHCP server is on the VM network of the pool. Some VMs may follow it.",
    cure: "Stop that server there, or pause the pool.",
  },
  ServerAddressInUse: {
    type: "Warning",
    on: POOL,
    meaning:
      "Another host uses the `serverIP` of the pool, or answers DHCP in its name. The agents keep answering.",
    cure: "Give that host another address, or take it off the network.",
  },
  UnknownClients: {
    type: "Warning",
    on: POOL,
    meaning:
      "Machines that the pool does not know send a thousand requests a minute or more. They get no answer.",
    cure: "Find them, or give them NICs in a VirtualMachineNetworkConfig.",
  },
  InvalidMACAddress: {
    type: "Warning",
    on: VM,
    meaning:
      "The specification or an annotation of the VM has a MAC that is not a MAC address. Its NIC gets no address.",
    cure: "Correct what the Event quotes.",
  },
  InvalidNetworkName: {
    type: "Warning",
    on: VM,
    meaning: "A NIC names its VM network by something that is not a name. It gets no address.",
    cure: "Correct `networkName` of the network that the Event names.",
  },
  InvalidSkipNICs: {
    type: "Warning",
    on: VM,
    meaning:
      "The annotation that says which NICs get no address cannot be read, or names a NIC that does not exist.",
    cure: "Correct what the Event quotes.",
  },
  InvalidStaticIP: {
    type: "Warning",
    on: VM,
    meaning:
      "An annotation requests something that is not an IPv4 address, or an address for a NIC that does not exist.",
    cure: "Correct what the Event quotes.",
  },
  InvalidVirtualMachine: {
    type: "Warning",
    on: VM,
    meaning:
      "The network interfaces of the VM cannot be read. Its VirtualMachineNetworkConfig stays as it is.",
    cure: "Correct the fields that the Event names.",
  },
  NetworkConfigNotOwned: {
    type: "Warning",
    on: VM,
    meaning:
      "There is a VirtualMachineNetworkConfig of the VM's name that was not made for it. It stays as it is.",
    cure: "Delete it, and the VM gets one of its own; or give it the VM's label and NICs.",
  },
  NetworkConfigRefused: {
    type: "Warning",
    on: VM,
    meaning:
      "The API server or a webhook refuses the VirtualMachineNetworkConfig of the VM. It is tried again.",
    cure: "Do what the Event says; a right that is missing is in `examples/rbac/controller.yaml`.",
  },
  NoMACAddress: {
    type: "Warning",
    on: VM,
    meaning: "Neither the VM nor its instance says which MAC a NIC has. The NIC waits for one.",
    cure: "Set `macAddress` of the NIC, or start the VM.",
  },
  TooManyNICs: {
    type: "Warning",
    on: VM,
    meaning: "The VM has more NICs on VM networks than can be served. Four are.",
    cure: "Say by annotation which need no address (`managed-dhcp-skip-nics`), or remove them.",
  },
  AutoIPPoolCreated: {
    type: "Normal",
    on: NETWORK,
    meaning: "A pool was made for the network.",
    cure: "",
  },
  AutoIPPoolRemoved: {
    type: "Normal",
    on: ["NetworkAttachmentDefinition", "IPPool"],
    meaning:
      "The pool that was made for the network was removed, for the reason that the Event says.",
    cure: "",
  },
  AutoIPPoolOutdated: {
    type: "Warning",
    on: NETWORK,
    meaning:
      "The network has changed, and the pool that was made from it cannot follow: VMs use it.",
    cure: "Remove the VMs from the network and delete the pool; it is made anew.",
  },
  AutoIPPoolRefused: {
    type: "Warning",
    on: NETWORK,
    meaning:
      "No pool is made for the network, or its pool does not follow it, for the reason that the Event says.",
    cure: "Correct the network, or create a pool by hand.",
  },
  LeaderElection: {
    type: "Normal",
    on: ["Lease"],
    meaning: "A controller began or stopped to lead.",
    cure: "",
  },
} as const satisfies Readonly<Record<string, EventMeaning>>;

/** A reason for which an Event is recorded. */
export type EventReason = keyof typeof EVENT_REASONS;

/** Whether a word is the reason of an Event. */
export function isEventReason(word: string): word is EventReason {
  return Object.hasOwn(EVENT_REASONS, word);
}

/** Whether an Event for this reason is told of objects of a kind. */
export function isToldOf(reason: EventReason, subject: EventSubject): boolean {
  const { on }: EventMeaning = EVENT_REASONS[reason];
  return on.includes(subject);
}
