import assert from "node:assert/strict";
import { hexOf } from "../../../tests/support/dhcp/dhcp_replies.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyOption } from "./message.ts";
import {
  createOptionRun,
  encodedOptionBytes,
  encodedOptionsBytes,
  singleOptionsOf,
  writeOptions,
} from "./option_encoding.ts";

const LEASE_TIME: DhcpOption = { code: 51, value: [0, 0, 1, 44] };
const MTU: DhcpOption = { code: 26, value: Uint8Array.of(5, 220) };
const EMPTY: DhcpOption = { code: 15, value: [] };

function written(options: readonly ReplyOption[]): string {
  const bytes = new Uint8Array(64);
  return hexOf(bytes.subarray(0, writeOptions(options, bytes, 0)));
}

Deno.test("encodedOptionBytes() counts a head for each piece of 255 octets", () => {
  const cases = [[0, 0], [1, 3], [255, 257], [256, 260], [510, 514], [511, 517]] as const;
  for (const [length, want] of cases) {
    const option = { code: 119, value: new Uint8Array(length) };
    assert.equal(encodedOptionBytes(option), want);
  }
});

Deno.test("writeOptions() writes a run as its options would be written one by one", () => {
  const single = [LEASE_TIME, EMPTY, MTU];
  const mixed = [LEASE_TIME, createOptionRun([EMPTY, MTU])];
  assert.equal(written(single), "33040000012c1a0205dc");
  assert.equal(written(mixed), written(single));
  assert.equal(written([createOptionRun([])]), "");
  for (const options of [single, mixed]) assert.equal(encodedOptionsBytes(options), 10);
});

Deno.test("singleOptionsOf() takes runs apart where they stand", () => {
  const options = [LEASE_TIME, createOptionRun([MTU, EMPTY]), EMPTY];
  assert.deepEqual(singleOptionsOf(options), [LEASE_TIME, MTU, EMPTY, EMPTY]);
});
