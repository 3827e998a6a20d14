/** Sends packets that no decent client sends, and a decent one after each. */

import assert from "node:assert/strict";
import type { AnswerContext } from "../../lib/dhcpv4/answer.ts";
import { clientFrame, type ClientPacket, SERVER_MAC } from "../support/dhcp/dhcp_packets.ts";
import { answerBytes, answerContext } from "../support/dhcp/dhcp_requests.ts";
import { violationOf } from "./invariants.ts";

/** What is sent, and what is to become of each of it. */
export type HostileRow = readonly [
  name: string,
  packets: readonly (ClientPacket | Uint8Array)[],
  outcome: string,
];

/** One test for each row: every packet gets the outcome, and a decent client is still served. */
export function testHostile(
  rows: readonly HostileRow[],
  changes: Partial<AnswerContext> = {},
): void {
  for (const [name, packets, want] of rows) {
    Deno.test(`${name}: ${want}`, () => {
      assert.ok(packets.length > 0);
      for (const [at, packet] of packets.entries()) {
        const request = packet instanceof Uint8Array ? packet : clientFrame(packet);
        const answer = answerBytes(request, changes);
        assert.equal(answer.outcome, want, `packet ${at}`);
        const { table } = answerContext(changes);
        const violation = violationOf({ request, answer, table, serverMac: SERVER_MAC });
        assert.equal(violation, undefined, `packet ${at}`);
        assert.equal(answerBytes(clientFrame(), changes).outcome, "offer", `after packet ${at}`);
      }
    });
  }
}

/** The octet so many times. */
export function repeat(octet: number, times: number): number[] {
  return new Array<number>(times).fill(octet);
}

/** A DISCOVER with one option, once for each value. */
export function withOption(code: number, values: readonly (readonly number[])[]): ClientPacket[] {
  return values.map((value) => ({ options: [[code, value]] }));
}

/** The frame with octets set, its IPv4 checksum as it was. */
export function withOctets(
  frame: Uint8Array,
  octets: Readonly<Record<number, number>>,
): Uint8Array {
  const changed = frame.slice();
  for (const [offset, octet] of Object.entries(octets)) changed[Number(offset)] = octet;
  return changed;
}
