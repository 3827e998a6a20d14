import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import { OverloadGate } from "./overload_gate.ts";

const VICTIM = 0x525400000001 as MacAddress;
const FLOODER = 0x020000000001 as MacAddress;

/** A gate after so many crowded passes. */
function crowdedGate(passes: number): OverloadGate {
  const gate = new OverloadGate();
  for (let pass = 0; pass < passes; pass++) gate.begin(true);
  return gate;
}

/** How many frames of each of these sources are admitted, in turns. */
function admitted(
  gate: OverloadGate,
  sources: readonly { readonly mac: () => MacAddress; readonly isBound: boolean }[],
  rounds: number,
): readonly number[] {
  const counts = sources.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    sources.forEach(({ mac, isBound }, at) => {
      if (gate.admits(mac(), isBound)) counts[at]!++;
    });
  }
  return counts;
}

Deno.test("OverloadGate judges nobody before several passes in a row were crowded", () => {
  const gate = new OverloadGate();
  assert.deepEqual([1, 2, 3, 4].map(() => gate.begin(true)), [false, false, false, true]);
  assert.deepEqual([1, 2].map(() => gate.begin(false)), [false, false]);
  for (let pass = 0; pass < 1000; pass++) assert.equal(gate.begin(pass % 2 === 0), false);
});

Deno.test("OverloadGate is open again soon after the longest overload", () => {
  const gate = crowdedGate(100_000);
  let passes = 0;
  while (gate.begin(false)) passes++;
  assert.ok(passes < 20, `${passes} passes`);
});

for (const passes of [4, 6, 9, 15, 1000]) {
  Deno.test(`OverloadGate admits the client beside one source that floods, after ${passes} crowded passes`, () => {
    for (const isBound of [true, false]) {
      const gate = crowdedGate(passes);
      // The client sends one frame for a thousand of the flooder.
      let lost = 0;
      let passedOver = 0;
      for (let round = 0; round < 100; round++) {
        for (let i = 0; i < 1000; i++) if (!gate.admits(FLOODER, isBound)) passedOver++;
        if (!gate.admits(VICTIM, true)) lost++;
      }
      assert.equal(lost, 0);
      assert.ok(passedOver > 90_000, `${passedOver} of 100,000 passed over`);
    }
  });

  Deno.test(`OverloadGate admits every bound client under a flood of made-up sources, after ${passes} crowded passes`, () => {
    const gate = crowdedGate(passes);
    let next = 0x060000000000;
    const madeUp = () => next += 7919;
    for (let client = 0; client < 1000; client++) {
      for (let i = 0; i < 100; i++) gate.admits(madeUp() as MacAddress, false);
      for (let frame = 0; frame < 4; frame++) {
        assert.equal(gate.admits(VICTIM + client as MacAddress, true), true);
      }
    }
  });
}

Deno.test("OverloadGate passes over most sources without a binding before it passes over bound ones", () => {
  let next = 0x060000000000;
  const madeUp = { mac: () => (next += 7919) as MacAddress, isBound: false };
  const shares = [4, 9, 10, 12, 15].map((passes) =>
    admitted(crowdedGate(passes), [madeUp], 4000)[0]!
  );
  assert.deepEqual(shares, [...shares].sort((a, b) => b - a), "less and less");
  assert.equal(shares[0], 4000);
  assert.ok(shares.at(-1)! > 0 && shares.at(-1)! < 100, `${shares}`);
});

Deno.test("OverloadGate gives a source without a binding its share beside another that floods", () => {
  const flooder = { mac: () => FLOODER, isBound: false };
  const gate = crowdedGate(4);
  for (let round = 0; round < 50; round++) {
    admitted(gate, [flooder], 500);
    assert.equal(gate.admits(0x0a0000000001 as MacAddress, false), true);
  }
});
