import { deepEqual, equal, match } from "node:assert/strict";
import { parseVirtualMachine } from "../api/virtual_machine/virtual_machine.ts";
import { SITUATIONS, TEST_VM } from "../../tests/support/explain/situations.ts";
import {
  clusterOf,
  observed,
  strangerOf,
  vmnetcfgOf,
  worldOf,
} from "../../tests/support/explain/worlds.ts";
import type { Subject, World } from "./contract.ts";
import { explain } from "./explain.ts";
import { explanationText } from "./text.ts";

for (const { name, world, code, says } of SITUATIONS) {
  Deno.test(`explain vm when ${name}`, () => {
    const explanation = explain(TEST_VM, world);
    equal(explanation.says, says);
    equal(explanation.checks.find(({ verdict }) => verdict === "failed")?.code, code);
    equal(explanation.verdict, code === undefined ? "ok" : "failed");
    for (const { verdict, code, cure } of explanation.checks) {
      equal(verdict === "failed", cure !== undefined, `${code} has a cure if it failed`);
    }
  });
}

Deno.test("explain names the name that was probably meant", () => {
  const subject: Subject = { kind: "vm", name: { namespace: "default", name: "tset-vm" } };
  deepEqual(
    explain(subject, worldOf()).says,
    "there is no VM default/tset-vm; there is default/test-vm",
  );
});

const WRONG_MAC = SITUATIONS[1]!.world;
const FULL = SITUATIONS.find(({ code }) => code === "NIC_POOL_NOT_FULL")!.world;

function nameOf(name: string) {
  return { namespace: "default", name };
}

const others: readonly {
  readonly subject: Subject;
  readonly world: World;
  readonly verdict: "ok" | "failed" | "unknown";
  readonly says: string;
}[] = [
  {
    subject: { kind: "address", text: "192.168.48.82" },
    world: worldOf(),
    verdict: "ok",
    says:
      "192.168.48.82 is held by fa:cf:8e:50:82:fc of default/test-vm, and its client last asked 12 s ago",
  },
  {
    subject: { kind: "address", text: "192.168.48.83" },
    world: worldOf(),
    verdict: "ok",
    says: "192.168.48.83 is free in the pool default/ippool-1",
  },
  {
    subject: { kind: "address", text: "192.168.48.83" },
    world: worldOf({ allocated: { "192.168.48.83": "?" } }),
    verdict: "ok",
    says:
      '192.168.48.83 is not handed out: the record of the pool default/ippool-1 has "?" there, which is no MAC',
  },
  {
    subject: { kind: "address", text: "192.168.48.77" },
    world: worldOf(),
    verdict: "ok",
    says: "192.168.48.77 is the serverIP of the pool default/ippool-1",
  },
  {
    subject: { kind: "address", text: "192.168.48.200" },
    world: worldOf(),
    verdict: "ok",
    says:
      "192.168.48.200 is held by nobody, and beside the range of the pool default/ippool-1: a NIC that asks for " +
      "it gets it",
  },
  {
    subject: { kind: "address", text: "192.168.48.255" },
    world: worldOf(),
    verdict: "ok",
    says: "192.168.48.255 is reserved in the pool default/ippool-1",
  },
  {
    subject: { kind: "address", text: "10.0.0.1" },
    world: worldOf(),
    verdict: "failed",
    says: "no pool has 10.0.0.1 in its subnet; there is 192.168.48.0/24 of default/ippool-1",
  },
  {
    subject: { kind: "address", text: "192.168.48.84" },
    world: worldOf({ allocated: { "192.168.48.84": "02:00:00:00:00:84" } }),
    verdict: "failed",
    says: "the pool default/ippool-1 binds 192.168.48.84 to 02:00:00:00:00:84, and no object " +
      "names that MAC",
  },
  {
    subject: { kind: "mac", text: "fa:cf:8e:50:82:fc" },
    world: worldOf(),
    verdict: "ok",
    says: "fa:cf:8e:50:82:fc is a MAC of default/test-vm: default/test-vm has 192.168.48.82, and " +
      "last asked 12 s ago",
  },
  {
    subject: { kind: "mac", text: "fa:cf:8e:50:82:ff" },
    world: WRONG_MAC,
    verdict: "failed",
    says: "fa:cf:8e:50:82:ff has asked on default/net-48 for 3 min (12 times, the last one 5 s " +
      "ago), and no object names it",
  },
  {
    subject: { kind: "mac", text: "fa:cf:8e:50:82:01" },
    world: WRONG_MAC,
    verdict: "failed",
    says: "no object names fa:cf:8e:50:82:01, and it has not asked where a pool serves",
  },
  {
    subject: { kind: "pool", name: nameOf("ippool-1") },
    world: worldOf(),
    verdict: "ok",
    says: "the pool default/ippool-1 serves default/net-48: 1 of 8 addresses are in use",
  },
  {
    // As the status counts, which has an address beside the range in `used`.
    subject: { kind: "pool", name: nameOf("ippool-1") },
    world: worldOf({
      allocated: {
        "192.168.48.82": "fa:cf:8e:50:82:fc",
        "192.168.48.200": "02:00:00:00:00:20",
      },
      others: [vmnetcfgOf("other", {
        networkConfigs: [{
          networkName: "default/net-48",
          macAddress: "02:00:00:00:00:20",
          ipAddress: "192.168.48.200",
        }],
      })],
    }),
    verdict: "ok",
    says: "the pool default/ippool-1 serves default/net-48: 2 of 9 addresses are in use",
  },
  {
    subject: { kind: "pool", name: nameOf("ippool-1") },
    world: FULL,
    verdict: "failed",
    says: "default/ippool-1 is not well: the pool default/ippool-1 is full (8 of 8 in use)",
  },
  {
    subject: { kind: "network", name: nameOf("net-48") },
    world: worldOf(),
    verdict: "ok",
    says: "the pool default/ippool-1 serves default/net-48: 1 of 8 addresses are in use",
  },
  {
    subject: { kind: "network", name: nameOf("net-48") },
    world: worldOf({ withoutPool: true }),
    verdict: "failed",
    says: "no pool serves default/net-48",
  },
  {
    subject: { kind: "network", name: nameOf("net-84") },
    world: worldOf(),
    verdict: "failed",
    says: "there is no VM network default/net-84; there is default/net-48",
  },
  {
    subject: { kind: "pool", name: { namespace: "other", name: "ippool-1" } },
    world: worldOf(),
    verdict: "failed",
    says: "there is no IPPool other/ippool-1; there is default/ippool-1",
  },
  {
    subject: { kind: "vm", name: nameOf("test-vm") },
    world: worldOf({ rest: { ippools: { ok: false, why: "you need the right to list ippools" } } }),
    verdict: "unknown",
    says: "nothing could be decided: you need the right to list ippools",
  },
  {
    subject: { kind: "vm", name: nameOf("test-vm") },
    world: worldOf({
      rest: {
        agents: new Map([["default/ippool-1", [{
          name: "agents",
          leases: { ok: false, why: "you need the right to list pods" },
          unknown: { ok: false, why: "you need the right to list pods" },
        }]]]),
      },
    }),
    verdict: "unknown",
    says: "default/test-vm has 192.168.48.82, but whether it uses it could not be decided: you " +
      "need the right to list pods",
  },
  {
    subject: { kind: "vm", name: nameOf("unborn") },
    world: worldOf({ rest: { unready: { ok: true, value: ["vm.yaml:3: bad"] } } }),
    verdict: "failed",
    says: "there is no VM default/unborn; standalone is not ready: vm.yaml:3: bad",
  },
];

for (const { subject, world, verdict, says } of others) {
  const what = "text" in subject ? subject.text : subject.name.name;
  Deno.test(`explain ${subject.kind} ${what}: ${says}`, () => {
    const explanation = explain(subject, world);
    equal(explanation.says, says);
    equal(explanation.verdict, verdict);
  });
}

Deno.test("explain knows a VM by the name that its object gives it", () => {
  const others = [vmnetcfgOf("other-name", { vmName: "the-vm", networkConfigs: [] })];
  const { says } = explain({ kind: "vm", name: nameOf("the-vm") }, worldOf({ others }));
  equal(says, "default/other-name has no address: default/other-name names no NIC");
});

function virtualMachine(networks: readonly object[]): World["virtualMachines"] {
  const interfaces = networks.map((_, i) => ({ name: `nic-${i}`, bridge: {} }));
  const object = {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { namespace: "default", name: "web" },
    spec: { template: { spec: { domain: { devices: { interfaces } }, networks } } },
  };
  return { ok: true, value: [observed(object, parseVirtualMachine)] };
}

const WEB: Subject = { kind: "vm", name: nameOf("web") };
const ON_NETWORK = [{ name: "nic-0", multus: { networkName: "default/net-48" } }];

Deno.test("explain says that a VirtualMachine has no NIC on a VM network", () => {
  const world = worldOf({
    rest: { virtualMachines: virtualMachine([{ name: "nic-0", pod: {} }]) },
  });
  const says = "the VirtualMachine default/web has no NIC on a VM network";
  equal(explain(WEB, world).says, `default/web has no address: ${says}`);
});

Deno.test("explain says that nothing was made for a VirtualMachine, and by whom it would be", () => {
  const virtualMachines = virtualMachine(ON_NETWORK);
  const alone = explain(WEB, { ...worldOf(), isStandalone: false, virtualMachines });
  match(alone.says, /^default\/web has no address: no controller leads by the Lease /);
  const led = explain(WEB, { ...clusterOf(), virtualMachines });
  match(led.says, /no VirtualMachineNetworkConfig was made for the VirtualMachine default\/web$/);
});

Deno.test("what machines say of themselves does not steer the terminal", () => {
  const stranger = { ...strangerOf("02:00:00:00:00:99"), hostname: "\u001b[31mred" };
  const text = explanationText(
    explain({ kind: "pool", name: nameOf("ippool-1") }, worldOf({ unknown: [stranger] })),
  );
  match(text, /02:00:00:00:00:99 \(\\u001b\[31mred, /);
  equal(text.includes("\u001b"), false);
});
