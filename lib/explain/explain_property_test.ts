import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { TEST_VM } from "../../tests/support/explain/situations.ts";
import {
  condition,
  MAC,
  POOL,
  strangerOf,
  vmnetcfgOf,
  worldOf,
  type WorldParts,
} from "../../tests/support/explain/worlds.ts";
import { explain } from "./explain.ts";

/** What may be wrong at once, in the order in which the cause has to be named. */
const FAULTS = fc.record({
  vmPaused: fc.boolean(),
  withoutPool: fc.boolean(),
  twin: fc.boolean(),
  poolPaused: fc.boolean(),
  full: fc.boolean(),
  agentDown: fc.boolean(),
  otherServer: fc.boolean(),
  silent: fc.boolean(),
  stranger: fc.boolean(),
});

type Faults = typeof FAULTS extends fc.Arbitrary<infer T> ? T : never;

const BOUND = { "192.168.48.82": MAC };
const FULL = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`192.168.48.${81 + i}`, `02:00:00:00:00:0${i}`]),
);

/** Nobody has an address whose object is paused or whose MAC is another one's. */
function isBound({ vmPaused, withoutPool, twin, full }: Faults): boolean {
  return !vmPaused && !withoutPool && !twin && !full;
}

function partsOf(faults: Faults): WorldParts {
  const { vmPaused, withoutPool, twin, poolPaused, full, agentDown, otherServer } = faults;
  const older = {
    ...vmnetcfgOf("older"),
    metadata: { namespace: "default", name: "older", creationTimestamp: "2025-01-01T00:00:00Z" },
  };
  return {
    withoutPool,
    vmSpec: { paused: vmPaused },
    poolSpec: { paused: poolPaused },
    allocated: full ? FULL : isBound(faults) ? BOUND : {},
    others: twin ? [older] : [],
    poolConditions: [
      agentDown
        ? condition("AgentReady", "False", "InterfaceDown", "br0 is down; set it up")
        : condition("AgentReady", "True", "Serving", ""),
      otherServer
        ? condition("NetworkClear", "False", "OtherServer", "another server answers; stop it")
        : condition("NetworkClear", "True", "NothingSeen", ""),
    ],
    ...(faults.silent ? { lease: { address: "192.168.48.82", lastAsked: null } } : {}),
    unknown: faults.stranger ? [strangerOf("02:00:00:00:00:99")] : [],
  };
}

/** The code of the first thing that is wrong; the world is made so that it is true. */
function causeOf(faults: Faults): string | undefined {
  if (faults.vmPaused) return "VM_CONFIG_NOT_PAUSED";
  if (faults.twin && !faults.withoutPool) return "NIC_MAC_UNIQUE";
  if (faults.twin) return "NIC_MAC_UNIQUE";
  if (faults.withoutPool) return "NIC_HAS_POOL";
  if (faults.poolPaused) return "NIC_POOL_NOT_PAUSED";
  if (faults.full) return "NIC_POOL_NOT_FULL";
  if (faults.agentDown) return "NIC_AGENT_READY";
  if (faults.otherServer) return "NIC_WAY_CLEAR";
  return faults.silent ? "NIC_ASKED" : undefined;
}

Deno.test("the cause that explain names is true of its world, and the first one", () => {
  fc.assert(
    fc.property(FAULTS, (faults) => {
      const world = worldOf(partsOf(faults));
      const { verdict, says, checks } = explain(TEST_VM, world);
      const failed = checks.find((check) => check.verdict === "failed");
      equal(failed?.code, causeOf(faults));
      equal(verdict, failed === undefined ? "ok" : "failed");
      const address = isBound(faults) ? "has 192.168.48.82" : "has no address";
      ok(says.startsWith(`default/test-vm ${address}`), says);
      // A stranger is named only where the VM is missed, and only as a question.
      const isNamed = says.includes("02:00:00:00:00:99");
      equal(isNamed, faults.stranger && failed?.code === "NIC_ASKED");
      ok(world.agents.has(POOL));
    }),
    { seed: 16, numRuns: 400 },
  );
});

Deno.test("a check that is skipped depends on one that is not well", () => {
  fc.assert(
    fc.property(FAULTS, (faults) => {
      const { checks } = explain(TEST_VM, worldOf(partsOf(faults)));
      const open = new Set<string>();
      for (const { code, verdict, says, cure } of checks) {
        if (verdict === "skipped") ok([...open].some((each) => says.endsWith(each)), says);
        if (verdict !== "ok") open.add(code);
        equal(cure !== undefined, verdict === "failed", code);
      }
    }),
    { seed: 17, numRuns: 200 },
  );
});
