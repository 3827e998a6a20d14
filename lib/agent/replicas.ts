/**
 * The other agents of the pool on the segment, which have the server's address too. A client knows the MAC
 * address of one of them, and goes on sending there when it is gone: Linux doubts it after eight seconds,
 * or not at all before the client rebinds. So the agents ask each other, by ARP probes that change no
 * neighbour's table. When one no longer answers, those that live announce the address, and the next packet
 * of each client goes to one of them.
 *
 * A host that pretends to be such an agent can cause announcements, each of which is true, and no more than
 * one a second. An agent that ends may name it to its clients, which that host can do by itself. Nothing else
 * depends on what is heard here.
 */

import { BROADCAST_MAC, isHostMacAddress, type MacAddress } from "../net/mac_address.ts";

/** Agents that are asked. A pool has up to five, and more for a moment while they are replaced. */
const REPLICAS_MAX = 16;

/** Looks between questions to all, which find agents that have not been heard yet. */
const DISCOVERY_LOOKS = 20;

/** Looks in a row without a sign of life: before the last of them the agent was asked. */
const SILENT_LOOKS_MAX = 2;

/** Announcements of one loss, so that one of them may get lost (RFC 5227 section 1.1: ANNOUNCE_NUM). */
const ANNOUNCEMENTS = 2;

/** Looks between announcements. In some systems a neighbour's entry is locked for a second. */
const ANNOUNCEMENT_LOOKS = 2;

/** What follows from a look. */
export interface ReplicasLook {
  /** Where to send a probe; the broadcast address for all. */
  readonly ask: readonly MacAddress[];
  /** Agents that are silent since this look. */
  readonly lost: readonly MacAddress[];
  /** Whether to announce the address. */
  readonly announce: boolean;
}

/** The agents that were heard, and which of them fell silent. */
export class Replicas {
  /** Looks since each was heard. */
  readonly #silentLooks = new Map<MacAddress, number>();
  /** Those that named another one to their clients. */
  readonly #ending = new Set<MacAddress>();
  #looks = 0;
  #announcementsDue = 0;
  #looksSinceAnnouncement = ANNOUNCEMENT_LOOKS;

  /** Forgets all of them; the next look asks which are there. */
  clear(): void {
    this.#silentLooks.clear();
    this.#ending.clear();
    this.#looks = 0;
    this.#announcementsDue = 0;
  }

  /** An agent answered a probe. */
  noteAnswer(mac: MacAddress): void {
    const isKnown = this.#silentLooks.has(mac);
    if (!isKnown && (this.#silentLooks.size >= REPLICAS_MAX || !isHostMacAddress(mac))) return;
    this.#silentLooks.set(mac, 0);
    this.#ending.delete(mac);
  }

  /** An agent named another one to its clients: it ends, unless it answers once more. */
  noteHandover(mac: MacAddress): void {
    if (this.#silentLooks.has(mac)) this.#ending.add(mac);
  }

  /** A host was heard. @returns Whether it is one of the agents. */
  hear(mac: MacAddress): boolean {
    const isKnown = this.#silentLooks.has(mac);
    if (isKnown) this.#silentLooks.set(mac, 0);
    return isKnown;
  }

  /** Of those that go on, the one that was heard last; `undefined` while there is none. */
  heardLast(): MacAddress | undefined {
    let last: MacAddress | undefined;
    let fewest = Infinity;
    for (const [mac, silentLooks] of this.#silentLooks) {
      if (silentLooks < fewest && !this.#ending.has(mac)) [last, fewest] = [mac, silentLooks];
    }
    return last;
  }

  /** Looks which are silent; called twice a second. */
  look(): ReplicasLook {
    const ask: MacAddress[] = this.#looks++ % DISCOVERY_LOOKS === 0 ? [BROADCAST_MAC] : [];
    const lost: MacAddress[] = [];
    for (const [mac, silentLooks] of this.#silentLooks) {
      this.#silentLooks.set(mac, silentLooks + 1);
      if (silentLooks >= SILENT_LOOKS_MAX) lost.push(mac);
      else if (silentLooks > 0) ask.push(mac);
    }
    for (const mac of lost) {
      this.#silentLooks.delete(mac);
      this.#ending.delete(mac);
    }
    if (lost.length > 0) this.#announcementsDue = ANNOUNCEMENTS;
    return { ask, lost, announce: this.#takeAnnouncement() };
  }

  #takeAnnouncement(): boolean {
    this.#looksSinceAnnouncement++;
    if (this.#announcementsDue === 0 || this.#looksSinceAnnouncement < ANNOUNCEMENT_LOOKS) {
      return false;
    }
    this.#announcementsDue--;
    this.#looksSinceAnnouncement = 0;
    return true;
  }
}
