import { deepEqual } from "node:assert/strict";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { MAC, observed, poolOf, worldOf } from "../../tests/support/explain/worlds.ts";
import { concernedPools } from "./concerned.ts";
import type { Subject } from "./contract.ts";

/** A second pool on another network, that nobody of the first one uses. */
const WORLD = worldOf({
  rest: {
    ippools: {
      ok: true,
      value: [
        observed(poolOf(), parseIPPool),
        observed(
          poolOf({ poolName: "far", poolSpec: { networkName: "default/far" }, allocated: {} }),
          parseIPPool,
        ),
      ],
    },
  },
});

const [NEAR, FAR] = ["default/ippool-1", "default/far"];

const cases: readonly { readonly subject: Subject; readonly want: readonly string[] }[] = [
  { subject: { kind: "vm", name: { namespace: "default", name: "test-vm" } }, want: [NEAR] },
  { subject: { kind: "vm", name: { namespace: "default", name: "none" } }, want: [] },
  { subject: { kind: "pool", name: { namespace: "default", name: "far" } }, want: [FAR] },
  { subject: { kind: "network", name: { namespace: "default", name: "far" } }, want: [FAR] },
  { subject: { kind: "address", text: "192.168.48.82" }, want: [NEAR] },
  { subject: { kind: "address", text: "192.168.48.83" }, want: [] },
  { subject: { kind: "mac", text: MAC }, want: [NEAR] },
  { subject: { kind: "mac", text: "02:00:00:00:00:99" }, want: [NEAR, FAR] },
];

for (const { subject, want } of cases) {
  const what = "text" in subject ? subject.text : subject.name.name;
  Deno.test(`for ${subject.kind} ${what}, ask ${want.join(", ") || "nobody"}`, () => {
    deepEqual([...concernedPools(subject, WORLD)], want);
  });
}
