/** Reasons of the Events about NICs and their addresses. */

import type { EventMeaning, EventSubject } from "./event_meaning.ts";

/** An Event about a NIC is recorded for its VM too, when there is one. */
const NIC: readonly EventSubject[] = ["VirtualMachineNetworkConfig", "VirtualMachine"];

/** By reason, what it means. */
export const NIC_EVENT_REASONS = {
  AddressBoundTwice: {
    type: "Warning",
    on: NIC,
    meaning: "Two pools of the network bind the address of a NIC, each to another MAC.",
    cure:
      "Nothing, as a rule: the controller takes it from one of them. If that lasts, look at the conditions of the pools.",
  },
  AddressConflict: {
    type: "Warning",
    on: [...NIC, "IPPool"],
    meaning:
      "Another host seems to use the address of a NIC: its client declined it, or another host sent ARP for it. The NIC keeps its address.",
    cure: "Find the other host by the MAC that the Event names, and give it another address.",
  },
  AddressExcluded: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC requests is excluded from the pool.",
    cure: "Request another address, or none (`ipAddress`).",
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
    meaning: "The address that a NIC requests is that of the server, the router or the subnet.",
    cure: "Request another address, or none (`ipAddress`).",
  },
  AddressTaken: {
    type: "Warning",
    on: NIC,
    meaning: "The address that a NIC requests is held by another one.",
    cure:
      "Request another address, or take it from its holder. The NIC gets it as soon as it is free.",
  },
  AwaitingCommit: {
    type: "Warning",
    on: NIC,
    meaning: "The NIC could get an address, but its pool has not recorded one for seconds.",
    cure: "It comes by itself. If not, look at the pool's conditions and the controller's log.",
  },
  DuplicateMAC: {
    type: "Warning",
    on: NIC,
    meaning:
      "Two NICs on one VM network have the same MAC. The one that had it first keeps its address.",
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
    meaning:
      "The address of a NIC was freed: the NIC is gone, was paused, or has another address now.",
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
      "The specification cannot be used. VMs keep their addresses, and no VM gets a new one.",
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
    meaning: "The address that a NIC requests is not in the subnet of the pool.",
    cure: "Request an address of `cidr`, or none.",
  },
  PoolNotReady: {
    type: "Warning",
    on: NIC,
    meaning:
      "The pool of the network assigns no addresses: its specification is invalid, or it is being deleted.",
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
} as const satisfies Readonly<Record<string, EventMeaning>>;
