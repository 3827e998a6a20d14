import { equal } from "node:assert/strict";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { worldOf } from "../../../tests/support/explain/worlds.ts";
import type { World } from "../contract.ts";
import { explain } from "../explain.ts";

const SECOND = { networkName: "default/net-49", macAddress: "52:54:00:00:00:49" };

/** Two networks that have one subnet, each with its pool and its VM. */
function worldOfTwo(allocated: Readonly<Record<string, string>>): World {
  const vm = vmnetcfgSample({
    metadata: { name: "second" },
    spec: { networkConfigs: [SECOND] },
  });
  const first = worldOf({ others: [vm] });
  const second = worldOf({
    poolName: "ippool-2",
    poolSpec: { networkName: SECOND.networkName },
    allocated,
  });
  const value = [first, second].flatMap(({ ippools }) => ippools.ok ? ippools.value : []);
  return { ...first, ippools: { ok: true, value } };
}

function holderOf(text: string, world: World): string {
  const { checks } = explain({ kind: "address", text }, world);
  return checks.find(({ code }) => code === "ADDRESS_HOLDER_KNOWN")!.says;
}

Deno.test("explain address names the holder in each pool that binds it", () => {
  const world = worldOfTwo({ "192.168.48.82": SECOND.macAddress });
  equal(
    holderOf("192.168.48.82", world),
    "the pool default/ippool-1 binds 192.168.48.82 to fa:cf:8e:50:82:fc of default/test-vm; " +
      "the pool default/ippool-2 binds 192.168.48.82 to 52:54:00:00:00:49 of default/second",
  );
});

Deno.test("explain address says what an address is in each pool whose subnet has it", () => {
  equal(
    holderOf("192.168.48.83", worldOfTwo({})),
    "it is free in the pool default/ippool-1, and is free in the pool default/ippool-2",
  );
});
