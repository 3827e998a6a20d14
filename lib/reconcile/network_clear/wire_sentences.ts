/** Sentences for users about what agents saw: which host, which address, how often, and what to do. */

import { type ConflictFact, NO_MAC, type WireFact } from "./wire_facts.ts";
import type { WireSighting } from "./wire_sightings.ts";

/** The pool whose agents saw something. */
export interface PoolOnWire {
  /** `namespace/name`. */
  readonly key: string;
  /** The VM network, `namespace/name`. */
  readonly network: string;
  readonly serverIP: string;
  /** Whether the pool binds the address to the MAC now. */
  isBound(address: string, mac: string): boolean;
  /** Whether another pool of the VM network has this serverIP. */
  isOtherPoolsServer(address: string): boolean;
}

/**
 * One sentence, without an end: it may stand beside others. It stays the same while the number grows a
 * little, so that a condition that has it is not written all the time.
 */
export function sentenceOf(
  { fact, count }: Pick<WireSighting, "fact" | "count">,
  pool: PoolOnWire,
): string {
  switch (fact.kind) {
    case "claim":
      return `${pool.serverIP}, the serverIP of ippool ${pool.key}, is used by host ${fact.mac} ` +
        `as well (${timesOf(count)}); give that host another address`;
    case "impostor":
      return `${
        hostOf(fact)
      } answers DHCP in the name of ${fact.serverIdentifier}, the server of ` +
        `ippool ${pool.key} (${timesOf(count)}); stop it, or have the bridge drop forged frames`;
    case "server":
      return `another DHCP server, ${fact.serverIdentifier}${macOf(fact)}, is on VM network ` +
        `${pool.network}${fact.hasWon ? `, and clients of ippool ${pool.key} chose it` : ""} ` +
        `(${timesOf(count)}); stop it there, or pause ippool ${pool.key}`;
    case "conflict":
      return conflictSentenceOf(fact, count);
    case "storm":
      return `machines that ippool ${pool.key} does not know send at least ${roundDown(count)} ` +
        `requests a minute, from at least ${roundDown(fact.clients)} MAC addresses, and get no ` +
        `answer; find them on VM network ${pool.network}, or give them NICs in a ` +
        "VirtualMachineNetworkConfig";
  }
}

function conflictSentenceOf({ how, address, mac, otherMac }: ConflictFact, count: number): string {
  const times = timesOf(count);
  if (otherMac === undefined) {
    return `${address}, bound to ${mac}, was declined by that client, which found it in use by ` +
      `another host (${times}); find that host (arping ${address}) and give it another address`;
  }
  if (how === "arp") {
    return `${address}, bound to ${mac}, is used by host ${otherMac} as well (${times}); give ` +
      "that host another address";
  }
  return `${address}, bound to ${mac}, was declined by host ${otherMac} in the name of that ` +
    `client (${times}); the client keeps it; find out why that host sends such packets`;
}

/** How often, in steps of 1, 2 and 5. */
function timesOf(count: number): string {
  if (count <= 1) return "seen once";
  return `seen at least ${roundDown(count)} times`;
}

/** A text with sentences of this file, without how often: such a text stays the same while a host goes on. */
export function withoutCounts(text: string): string {
  return text.replaceAll(/ \(seen (?:once|at least \d+ times)\)/g, "");
}

/** How each sentence of this file begins behind another one; no cure begins like that. */
const BEGINNING =
  /; (?=[\d.]+, (?:bound to|the serverIP of) |host \S+ answers DHCP |a host answers DHCP |another DHCP server, |machines that ippool |and \d+ more$)/;

/** The sentences of a text that has several of them, each with what to do. */
export function sentencesIn(text: string): readonly string[] {
  return text.split(BEGINNING);
}

/** Whether a sentence concerns every client of the pool, and not one address or machines that are unknown. */
export function concernsAll(sentence: string): boolean {
  return !/^(?:[\d.]+, bound to |machines that ippool |and \d+ more$)/.test(sentence);
}

/** Whether a sentence says that the address has another user than its client. */
export function concernsAddress(sentence: string, address: string): boolean {
  return sentence.startsWith(`${address}, bound to `);
}

function roundDown(count: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(count, 1)));
  return [5, 2, 1].map((step) => step * unit).find((each) => each <= count) ?? count;
}

function hostOf({ mac }: { readonly mac: string }): string {
  return mac === NO_MAC ? "a host" : `host ${mac}`;
}

function macOf({ mac }: { readonly mac: string }): string {
  return mac === NO_MAC ? "" : ` (${mac})`;
}

/** Whether a sighting is true of the pool as it is now: a binding may have gone since. */
export function isTrueOf(fact: WireFact, pool: PoolOnWire): boolean {
  switch (fact.kind) {
    case "conflict":
      return pool.isBound(fact.address, fact.mac);
    case "server":
      return !pool.isOtherPoolsServer(fact.serverIdentifier);
    default:
      return true;
  }
}
