/**
 * Replies in the name of this server that say something else than it would. An agent of the same pool that
 * has the next version of it already, or still the one before, sends such replies for a moment. So they
 * wait for a verdict.
 */

import type { LeaseTable } from "../../dhcpv4/lease.ts";
import type { ReceivedFrame } from "../../net/ethernet.ts";
import type { MacAddress } from "../../net/mac_address.ts";

/** How long agents of one pool may have different versions of it while all is well. */
export const VERSIONS_MS = 5000;

/** Hosts in doubt at a time. */
const DOUBTS_MAX = 16;

/** The first of the doubtful replies of a host. */
export interface DoubtedReply extends Pick<ReceivedFrame, "bytes" | "checksumReady"> {
  readonly mac: MacAddress;
  /** What was answered from when it came. */
  readonly table: LeaseTable;
  readonly atMs: number;
  /** How many came from the host meanwhile. */
  count: number;
}

/** The replies in doubt, one for each host. */
export class DoubtedReplies {
  #doubts: DoubtedReply[] = [];

  /** Keeps a reply. @returns False when there is no room for another host. */
  add(
    mac: MacAddress,
    { bytes, checksumReady }: ReceivedFrame,
    table: LeaseTable,
    atMs: number,
  ): boolean {
    const known = this.#doubts.find((doubt) => doubt.mac === mac);
    if (known !== undefined) known.count++;
    else if (this.#doubts.length >= DOUBTS_MAX) return false;
    else this.#doubts.push({ mac, bytes: bytes.slice(), checksumReady, table, atMs, count: 1 });
    return true;
  }

  /** Takes those about which enough is known by now. */
  takeDue(nowMs: number): readonly DoubtedReply[] {
    if (this.#doubts.length === 0) return this.#doubts;
    const isDue = ({ atMs }: DoubtedReply) => nowMs - atMs >= VERSIONS_MS;
    const due = this.#doubts.filter(isDue);
    this.#doubts = this.#doubts.filter((doubt) => !isDue(doubt));
    return due;
  }
}
