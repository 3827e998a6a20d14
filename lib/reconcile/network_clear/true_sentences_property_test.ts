/** What a pool and its VMs say of other hosts is true of what agents saw: it is read back and looked up. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { type JsonObject, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { networkClearOf } from "./network_clear.ts";
import { NO_MAC, type WireFact } from "./wire_facts.ts";
import type { WireSighting } from "./wire_sightings.ts";

const KEY = "default/ippool-1";
const NETWORK = "default/net-48";

const FACT: fc.Arbitrary<WireFact> = fc.oneof(
  fc.constantFrom("52:54:00:00:00:66", "52:54:00:00:00:67").map((mac) => (
    { kind: "claim" as const, mac }
  )),
  fc.record({
    kind: fc.constant("server" as const),
    serverIdentifier: fc.constantFrom("192.168.48.66", "192.168.48.67"),
    mac: fc.constantFrom("52:54:00:00:00:66", NO_MAC),
    hasWon: fc.boolean(),
  }),
);

const SIGHTINGS: fc.Arbitrary<readonly WireSighting[]> = fc.array(
  fc.tuple(FACT, fc.integer({ min: 1, max: 999 })),
  { maxLength: 3 },
).map((seen) =>
  seen.map(([fact, count], i) => ({
    ...{ key: `${i}`, fact, count, lastMs: 0 },
    fault: fact.kind === "claim" ? "ServerAddressInUse" : "OtherServer",
  }))
);

/** What happens to the world; a pool is paused and goes on, agents end and start. */
const STEP = fc.record({
  seen: fc.option(SIGHTINGS),
  ready: fc.constantFrom(true, true, true, false),
  paused: fc.constantFrom(false, false, false, true),
  serverIP: fc.constantFrom("192.168.48.77", "192.168.48.78"),
});

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** Looks up each sentence. @returns Which kinds there were. */
function check(message: string, seen: readonly WireFact[], serverIP: string): readonly string[] {
  return message.split("; ").flatMap((sentence) => {
    const server =
      /^another DHCP server, ([0-9.]+)(?: \((\S+)\))?, is on VM network (\S+?)(?=[, ]|$)/
        .exec(sentence);
    if (server !== null) {
      const [, address, mac = NO_MAC, network] = server;
      const hasWon = sentence.includes(`and clients of ippool ${KEY} chose it`);
      assert.equal(network, NETWORK);
      assert.ok(
        seen.some((fact) =>
          fact.kind === "server" && fact.serverIdentifier === address && fact.mac === mac &&
          fact.hasWon === hasWon
        ),
        `not seen: ${sentence}`,
      );
      return hasWon ? ["a server that won"] : ["a server"];
    }
    const claim = /([0-9.]+), the serverIP of ippool (\S+), is used by host (\S+) as well/
      .exec(sentence);
    if (claim === null) return [];
    assert.deepEqual(claim.slice(1, 3), [serverIP, KEY], sentence);
    assert.ok(seen.some((fact) => fact.kind === "claim" && fact.mac === claim[3]), sentence);
    return ["a claim"];
  });
}

function conditionsOf(object: KubeObject): readonly JsonObject[] {
  return valueAt(object, "status.conditions") as readonly JsonObject[];
}

/** Takes a step, and looks at all messages. @returns Which kinds of facts they had, by condition. */
function take(world: PlannedWorld, { seen, ready, paused, serverIP }: Step): readonly string[] {
  const pool = { key: KEY, network: NETWORK, serverIP };
  const { spec } = ippoolSample({ ipv4Config: { serverIP }, spec: { paused } });
  world.patch(world.pools, "ippool-1", { spec });
  world.agent = { ready, reason: ready ? "Serving" : "NotReady", message: "as it is" };
  const onWire = { ...pool, isBound: () => false, isOtherPoolsServer: () => false };
  const network = seen === null ? "notYet" : networkClearOf(seen, onWire);
  world.wire = { network, agents: "notYet" };
  world.settle();
  const facts = (seen ?? []).map(({ fact }) => fact);
  return [world.pools.get("ippool-1")!, world.vms.get("test-vm")!].flatMap((object) =>
    conditionsOf(object).flatMap(({ type, message, reason, status }) => {
      assert.ok(
        paused || !String(message).includes("spec.paused is true"),
        `${type} of ${object.kind} says that the pool is paused`,
      );
      if (type === "Served" && ready && !paused && seen !== null) {
        assert.equal(status, seen.length === 0 ? "True" : "False");
        assert.equal(
          reason === "OtherServer",
          seen.length > 0 &&
            seen.every(({ fault }) => fault === "OtherServer"),
        );
      }
      // What an earlier controller said stays until something is known.
      if (seen === null) return [];
      return check(String(message), facts, serverIP).map((kind) => `${type}: ${kind}`);
    })
  );
}

Deno.test("what a pool and its VMs say of other hosts is true of what agents saw", () => {
  const found = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 2, maxLength: 6 }), (steps) => {
      const world = new PlannedWorld();
      world.put(world.pools, ippoolSample());
      world.put(world.vms, vmnetcfgSample());
      for (const step of steps) {
        for (const kind of take(world, step)) found.set(kind, (found.get(kind) ?? 0) + 1);
      }
    }),
    { numRuns: 200, seed: 16 },
  );
  const kinds = ["a server", "a server that won", "a claim"];
  const wanted = ["NetworkClear", "Served"].flatMap((type) =>
    kinds.map((kind) => `${type}: ${kind}`)
  );
  assert.deepEqual([...found.keys()].sort(), wanted.sort(), "each kind of fact was looked up");
});
