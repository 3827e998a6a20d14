import { equal, match } from "node:assert/strict";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import { TEST_VM } from "../../../tests/support/explain/situations.ts";
import {
  agentOf,
  MAC,
  observed,
  strangerOf,
  vmnetcfgOf,
  worldOf,
} from "../../../tests/support/explain/worlds.ts";
import { explain } from "../explain.ts";

function nameOf(name: string) {
  return { namespace: "default", name };
}

Deno.test("two agents see one machine, and either may be the one that a client asked", () => {
  const asked = {
    address: "192.168.48.82",
    lastAsked: { time: "2026-01-31T11:59:58Z", type: "REQUEST", outcome: "ack", count: 1 },
  };
  const agents = [
    agentOf({ [MAC]: { address: "192.168.48.82", lastAsked: null } }, [
      strangerOf("02:00:00:00:00:99"),
    ]),
    agentOf({ [MAC]: asked }, [strangerOf("02:00:00:00:00:99")]),
  ];
  const world = worldOf({ rest: { agents: new Map([["default/ippool-1", agents]]) } });
  equal(explain(TEST_VM, world).says, "default/test-vm has 192.168.48.82, and last asked 2 s ago");
  const pool = explain({ kind: "pool", name: nameOf("ippool-1") }, world);
  const strangers = pool.checks.find(({ code }) => code === "POOL_STRANGERS");
  equal(strangers?.says, "unknown machines ask: 02:00:00:00:00:99 (5 s ago)");
});

Deno.test("agents that have just started have not missed a client that need not renew yet", () => {
  const young = {
    ...agentOf({ [MAC]: { address: "192.168.48.82", lastAsked: null } }),
    startedAt: "2026-01-31T11:59:00Z",
  };
  const world = worldOf({ rest: { agents: new Map([["default/ippool-1", [young]]]) } });
  equal(explain(TEST_VM, world).verdict, "unknown");
  const created = { ...vmnetcfgOf("late", { vmName: "late" }).metadata };
  const late = {
    ...vmnetcfgOf("late"),
    metadata: { ...created, creationTimestamp: "2026-01-31T11:59:30Z" },
  };
  const vms = { ok: true, value: [observed(late, parseVirtualMachineNetworkConfig)] } as const;
  const after = explain({ kind: "vm", name: nameOf("late") }, { ...world, vmnetcfgs: vms });
  equal(after.verdict, "failed", "a client that is younger than the agents had no lease before");
});

Deno.test("an agent that has just started may have missed what no other agent saw", () => {
  const old = agentOf({ [MAC]: { address: "192.168.48.82", lastAsked: null } });
  const young = { ...old, name: "agent-b", startedAt: "2026-01-31T11:59:00Z" };
  const world = worldOf({ rest: { agents: new Map([["default/ippool-1", [old, young]]]) } });
  equal(explain(TEST_VM, world).verdict, "unknown");
});

Deno.test("times that an agent does not say are unknown", () => {
  const silent = agentOf({ [MAC]: { address: "192.168.48.82", lastAsked: null } });
  const stranger = { ...strangerOf("02:00:00:00:00:99"), firstSeen: "" };
  const agents = [{ ...silent, unknown: { ok: true, value: [stranger] } as const }];
  const world = worldOf({ rest: { agents: new Map([["default/ippool-1", agents]]) } });
  match(explain(TEST_VM, world).says, /02:00:00:00:00:99 has asked there for an unknown time/);
  const { says } = explain({ kind: "mac", text: "02:00:00:00:00:99" }, world);
  match(says, /has asked on default\/\S+ for an unknown time/);
});

Deno.test("explain says that a lease has run out", () => {
  const lastAsked = { time: "2026-01-31T09:00:00Z", type: "REQUEST", outcome: "ack", count: 1 };
  const { says, verdict } = explain(
    TEST_VM,
    worldOf({ lease: { address: "192.168.48.82", lastAsked } }),
  );
  equal(
    says,
    "default/test-vm has 192.168.48.82, and last asked 3 h ago, so that its lease has run out",
  );
  equal(verdict, "ok");
});
