/**
 * Every reason for which an Event is recorded: what it means and what to do. `docs/events.md` has its
 * tables from here.
 */

/** Whether it is good news. */
export type EventType = "Normal" | "Warning";

/** What users read of a reason. */
export interface EventMeaning {
  readonly type: EventType;
  /** Kinds of the objects that it is told of. */
  readonly on: readonly EventSubject[];
  readonly meaning: string;
  /** What to do; empty where there is nothing to be done. */
  readonly cure: string;
}

/** Kinds of the objects that Events are about, as the documents call them. */
export type EventSubject =
  | "VirtualMachine"
  | "VirtualMachineNetworkConfig"
  | "IPPool"
  | "NetworkAttachmentDefinition"
  | "Lease";

/** What happens to a NIC is told of its VM, too, where there is one. */
const NIC: readonly EventSubject[] = ["VirtualMachineNetworkConfig", "VirtualMachine"];
const VM: readonly EventSubject[] = ["VirtualMachine"];
const POOL: readonly EventSubject[] = ["IPPool"];
const NETWORK: readonly EventSubject[] = ["NetworkAttachmentDefinition"];

/** By reason, what it means: first those of NICs, then of pools, VMs, networks and Leases. */
export const EVENT_REASONS = {
  AddressBoundTwice: {
    type: "Warning",
    on: NIC,
    meaning: "Two pools of the network bind the address of a NIC, each to another MAC.",
    cure:
      "Nothing, as a rule: the controller takes it from one of them. If that lasts, look at the conditions of the pools.",
  },
  AddressExcluded: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC asks for is excluded from the pool.",
    cure: "Ask for another address, or for none (`ipAddress`).",
  },
  AddressNotServed: {
    type: "Warning",
    on: NIC,
    meaning:
      "The record has an address for a NIC that no client of the subnet can have. It is not answered.",
    cure:
      "Set `spec.paused` of the VirtualMachineNetworkConfig to true and back: the NIC gets another address.",
  },
  AddressReserved: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC asks for is that of the server, the router or the subnet.",
    cure: "Ask for another address, or for none (`ipAddress`).",
  },
  AddressTaken: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC asks for is held by another one.",
    cure:
      "Ask for another address, or take it from its holder. The NIC gets it as soon as it is free.",
  },
  AwaitingCommit: {
    type: "Warning",
    on: NIC,
    meaning: "Nothing stands against an address, but its pool has not recorded one for seconds.",
    cure: "It comes by itself. If not, look at the pool's conditions and the controller's log.",
  },
  DuplicateMAC: {
    type: "Warning",
    on: NIC,
    meaning:
      "Two NICs on one VM network have one MAC. The one that had it first keeps its address.",
    cure: "Give one of the two another MAC. If the other VM goes, this one is served by itself.",
  },
  IPAllocated: {
    type: "Normal",
    on: NIC,
    meaning: "A NIC got its address; the pool has recorded it.",
    cure: "",
  },
  IPReleased: {
    type: "Normal",
    on: NIC,
    meaning: "A NIC gave its address back: it is gone, was paused, or has another address now.",
    cure: "",
  },
  ImpossibleMAC: {
    type: "Warning",
    on: NIC,
    meaning: "No network interface can have this MAC: it is zero or that of a group.",
    cure: "Give the NIC another MAC.",
  },
  InvalidSpec: {
    type: "Warning",
    on: [...NIC, "IPPool"],
    meaning:
      "The specification cannot be used. What VMs hold they keep; nothing new is handed out.",
    cure: "Correct the fields that the Event names.",
  },
  NamespaceLimitReached: {
    type: "Warning",
    on: NIC,
    meaning:
      "The VMs of the namespace hold as many addresses as the pool allows (`maxAddressesPerNamespace`).",
    cure: "Take another VM of the namespace off the network, or have the limit raised.",
  },
  NamespaceNotAllowed: {
    type: "Warning",
    on: NIC,
    meaning: "The pool is not for VMs of this namespace (`allowedNamespaces`).",
    cure: "Have the namespace added, or use another VM network.",
  },
  NoIPPoolForNetwork: {
    type: "Warning",
    on: NIC,
    meaning: "No pool serves the VM network of a NIC. Other NICs of the VM are served.",
    cure:
      "Create an IPPool with this `networkName`. Nothing, if the network is not to have addresses from here.",
  },
  OutOfRange: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC asks for is not in the range of the pool.",
    cure: "Ask for an address from `start` to `end`, or for none; or let the range grow.",
  },
  PoolNotReady: {
    type: "Warning",
    on: NIC,
    meaning:
      "The pool of the network hands out nothing: its specification is invalid, or it is being deleted.",
    cure: "Look at the pool's conditions (`kubectl describe ippool`).",
  },
  PoolPaused: {
    type: "Warning",
    on: NIC,
    meaning: "The pool of the network is paused. The NIC is served when it goes on.",
    cure: "Set `spec.paused` of the pool to false.",
  },
  PoolExhausted: {
    type: "Warning",
    on: [...NIC, "IPPool"],
    meaning: "All addresses of the pool are in use; a NIC that has none waits.",
    cure:
      "Delete VMs, or let the range grow (`pool.end`, `pool.start`). Waiting NICs are served at once.",
  },
  PoolRecordFull: {
    type: "Warning",
    on: NIC,
    meaning:
      "A NIC waits for an address, and the pool's object has no room: it records 39,000 addresses at most.",
    cure: "Put further VMs on another VM network with a pool of its own.",
  },
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
      "Something stands in the record of addresses that should not, or is missing. The rest is served.",
    cure: "Do what the Event says for each address.",
  },
  SpecHasProblems: {
    type: "Warning",
    on: POOL,
    meaning: "A value of the specification cannot be true. It is left out, and the rest is served.",
    cure: "Correct the fields that the Event names.",
  },
  InvalidMACAddress: {
    type: "Warning",
    on: VM,
    meaning:
      "The specification or an annotation of the VM has a MAC that is none. Its NIC gets no address.",
    cure: "Correct what the Event quotes.",
  },
  InvalidNetworkName: {
    type: "Warning",
    on: VM,
    meaning: "A NIC names a VM network by something that is no name. It gets no address.",
    cure: "Correct `networkName` of the network that the Event names.",
  },
  InvalidSkipNICs: {
    type: "Warning",
    on: VM,
    meaning:
      "The annotation that says which NICs get no address cannot be read, or names a NIC that is not there.",
    cure: "Correct what the Event quotes.",
  },
  InvalidStaticIP: {
    type: "Warning",
    on: VM,
    meaning: "An annotation asks for an address that is none, or for a NIC that is not there.",
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
    cure: "Do what the Event says; a right that is missing is in `examples/controller-rbac.yaml`.",
  },
  NoMACAddress: {
    type: "Warning",
    on: VM,
    meaning: "Neither the VM nor what runs of it says which MAC a NIC has. It waits for one.",
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
