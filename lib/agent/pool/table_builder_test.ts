import { deepEqual, equal, ok } from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import { type PoolVersion, TableBuilder } from "./table_builder.ts";

const ENTRIES = 5000;

function pool(version: number, entries = ENTRIES): PoolVersion {
  const allocated = Object.fromEntries(Array.from({ length: entries }, (_, i) => [
    `10.0.${i >> 8}.${i & 255}`,
    `52:54:00:00:${(i >> 8).toString(16).padStart(2, "0")}:${
      (i & 255).toString(16).padStart(2, "0")
    }`,
  ]));
  const object = ippoolSample({
    metadata: { resourceVersion: String(version) },
    ipv4Config: { cidr: "10.0.0.0/16", serverIP: "10.0.255.1", router: "10.0.255.2" },
    pool: { start: "10.0.0.1", end: "10.0.200.0", exclude: undefined },
    status: { ipv4: { allocated, used: entries, available: version } },
  });
  const parsed = parseIPPool(object);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return { pool: parsed.value, object };
}

/** A builder on a clock on which each look takes half a turn, so that every turn is short. */
function setUp(addressesOf: () => readonly never[] = () => []) {
  const made: { readonly version: string | undefined; readonly table: LeaseTable }[] = [];
  const bugs: unknown[] = [];
  let nowMs = 0;
  const rests: (() => void)[] = [];
  const builder = new TableBuilder({
    clock: {
      monotonicMs: () => nowMs += 0.5,
      sleep: () => new Promise((resolve) => rests.push(resolve)),
    },
    addressesOf,
    // deno-lint-ignore require-yield
    *prepareInSteps(table) {
      return { table, before: undefined, places: new Uint32Array(0) };
    },
    onTable: ({ pool: { metadata } }, { table }) =>
      made.push({ version: metadata.resourceVersion, table }),
    onBug: (error) => bugs.push(error),
  });
  /** Gives the builder so many turns. @returns How many it took. */
  async function turns(most: number): Promise<number> {
    let taken = 0;
    for (; taken < most; taken++) {
      const rest = rests.shift();
      if (rest === undefined) return taken;
      rest();
      for (let wait = 0; wait < 5; wait++) await Promise.resolve();
    }
    return taken;
  }
  return { builder, made, bugs, turns };
}

Deno.test("TableBuilder makes a large table in many turns", async () => {
  const { builder, made, turns } = setUp();
  builder.build(pool(1));
  equal(made.length, 0);
  const taken = await turns(1000);
  ok(taken > 3, `${taken} turns`);
  deepEqual(made.map(({ version, table }) => [version, table.size]), [["1", ENTRIES - 1]]);
});

Deno.test("TableBuilder goes on with the newest of the versions that come meanwhile", async () => {
  const { builder, made, turns } = setUp();
  builder.build(pool(1));
  await turns(2);
  for (const version of [2, 3, 4]) builder.build(pool(version));
  await turns(1000);
  deepEqual(made.map(({ version }) => version), ["1", "4"]);
  builder.build(pool(5));
  await turns(1000);
  deepEqual(made.map(({ version }) => version), ["1", "4", "5"]);
});

Deno.test("TableBuilder reports what it fails on, and goes on with the next version", async () => {
  const bug = new Error("a bug");
  let fails = true;
  const { builder, made, bugs, turns } = setUp(() => {
    if (fails) throw bug;
    return [];
  });
  builder.build(pool(1));
  builder.build(pool(2));
  while (bugs.length === 0) equal(await turns(1), 1, "it fails sooner or later");
  fails = false;
  await turns(1000);
  deepEqual([bugs, made.map(({ version }) => version)], [[bug], ["2"]]);
});
