import assert from "node:assert/strict";
import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import type { DhcpOptions } from "../wire/options.ts";
import { createOptionRun } from "../wire/option_encoding.ts";
import { RequestedRuns } from "./requested_runs.ts";

const LISTS_MAX = 16;

function asking(list: readonly number[]): DhcpOptions {
  return messageOf({ options: [[55, list]] }).options;
}

Deno.test("RequestedRuns.find() finds the run of the very same list only", () => {
  const runs = new RequestedRuns();
  const run = createOptionRun([]);
  const list = Uint8Array.of(1, 3, 6);
  runs.add(list, run);
  list[0] = 99;
  assert.equal(runs.find(asking([1, 3, 6])), run, "the list was copied");
  for (const other of [[], [1, 3], [1, 3, 6, 6], [1, 6, 3], [99, 3, 6]]) {
    assert.equal(runs.find(asking(other)), undefined, other.join());
  }
});

Deno.test("RequestedRuns.add() forgets the oldest list when there are many", () => {
  const runs = new RequestedRuns();
  for (let code = 0; code <= LISTS_MAX; code++) runs.add(Uint8Array.of(code), createOptionRun([]));
  const known = Array.from({ length: LISTS_MAX + 1 }, (_, code) => runs.find(asking([code])));
  assert.deepEqual(known.map((run) => run !== undefined), [false, ...new Array(16).fill(true)]);
});
