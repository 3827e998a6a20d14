import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { lostFieldsOf, obstaclesOf } from "./hand_back.ts";
import type { HandBackWorld, Obstacle } from "./obstacle.ts";

function worldOf(pools: readonly KubeObject[], vmnetcfgs: readonly KubeObject[] = []) {
  const world: HandBackWorld = {
    ippools: pools.map((object) => ({ object, parsed: parseIPPool(object) })),
    vmnetcfgs: vmnetcfgs.map((object) => ({
      object,
      parsed: parseVirtualMachineNetworkConfig(object),
    })),
    applyDefinitions: "apply",
  };
  return world;
}

function allocated(allocated: JsonObject): JsonObject {
  return { ipv4: { allocated, used: 1, available: 1 } };
}

function vm(networkConfigs: readonly JsonObject[], more: JsonObject = {}): KubeObject {
  return vmnetcfgSample({ ...more, spec: { networkConfigs } });
}

const MAC = "fa:cf:8e:50:82:01";
const NIC = { macAddress: MAC, networkName: "default/net-48" };
const OWNER = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "a", uid: "1" };

interface Case {
  readonly name: string;
  readonly pools?: readonly KubeObject[];
  readonly vms?: readonly KubeObject[];
  /** Of each obstacle, words of what it says and of each of its commands, or of its cure. */
  readonly found: readonly (readonly [says: RegExp, ...commands: RegExp[]])[];
}

const CASES: readonly Case[] = [
  {
    name: "a pool and a VM of the Go program",
    pools: [
      ippoolSample({ status: allocated({ "192.168.48.82": MAC, "192.168.48.90": "EXCLUDED" }) }),
    ],
    vms: [vm([NIC])],
    found: [],
  },
  {
    name: "a range that ends at the broadcast address",
    pools: [ippoolSample({ pool: { end: "192.168.48.255" } })],
    found: [[
      /ends at the broadcast address 192\.168\.48\.255/,
      /^kubectl patch crd .*\/pool\/properties\/end\/x-kubernetes-validations/,
      /patch ippool -n default ippool-1 .*"end":"192\.168\.48\.254"/,
      /^apply$/,
    ]],
  },
  {
    name: "a range of nothing but the broadcast address",
    pools: [ippoolSample({ pool: { start: "192.168.48.255", end: "192.168.48.255" } })],
    found: [[/ends at the broadcast/, /make it anew with another range/]],
  },
  {
    name: "a pool whose network has no namespace",
    pools: [ippoolSample({ spec: { networkName: "net-48" } })],
    found: [[
      /networkName net-48 has no namespace/,
      /crd/,
      /"networkName":"default\/net-48"/,
      /apply/,
    ]],
  },
  {
    name: "a younger pool of the network, unused",
    pools: [
      ippoolSample({ metadata: { name: "b", creationTimestamp: "2026-01-02T00:00:00Z" } }),
      ippoolSample({ metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" } }),
    ],
    found: [[/as ippool default\/a is/, /^kubectl delete ippool -n default b$/]],
  },
  {
    name: "a younger pool of the network, in use",
    pools: [
      ippoolSample({ metadata: { name: "a" } }),
      ippoolSample({ metadata: { name: "b" }, status: allocated({ "192.168.48.82": MAC }) }),
    ],
    found: [[/as ippool default\/a is/, /when the VMs with its 1 addresses are gone/]],
  },
  {
    name: "a long name",
    pools: [ippoolSample({ metadata: { name: "p".repeat(64) } })],
    found: [[/64 characters/, /shorter name/]],
  },
  {
    name: "fixed addresses above and below the range",
    pools: [ippoolSample({ status: allocated({ "192.168.48.79": MAC, "192.168.48.93": MAC }) })],
    found: [[
      /^2 addresses such as 192\.168\.48\.79 are in use and not in its range/,
      /"start":"192\.168\.48\.79","end":"192\.168\.48\.93","exclude":\["192\.168\.48\.81","192\.168\.48\.90","192\.168\.48\.80","192\.168\.48\.91","192\.168\.48\.92"\]/,
    ]],
  },
  {
    name: "a fixed address far away",
    pools: [ippoolSample({
      ipv4Config: { cidr: "192.168.0.0/16" },
      status: allocated({ "192.168.200.1": MAC }),
    })],
    found: [[/handed out as well/, /\{"pool":\{"end":"192\.168\.200\.1"\}\}/]],
  },
  {
    name: "entries that are nowhere to be",
    pools: [ippoolSample({
      status: allocated({
        ...{
          "192.168.48.81": MAC,
          "192.168.48.255": MAC,
          "a/b": MAC,
          "192.168.48.83": "it's mine",
        },
      }),
    })],
    found: [
      [
        /binds 192\.168\.48\.81, which is excluded/,
        /status .*"\/status\/ipv4\/allocated\/192\.168\.48\.81"/,
      ],
      [/binds 192\.168\.48\.255/, /remove/],
      [/an entry "a\/b" that is no binding/, /allocated\/a~1b"/],
      [/an entry "192\.168\.48\.83" that is no binding/, /remove/],
    ],
  },
  {
    name: "NICs under networkConfig, without namespaces",
    pools: [ippoolSample()],
    vms: [vmnetcfgSample({
      spec: { networkConfigs: undefined, networkConfig: [{ ...NIC, networkName: "net-48" }] },
    })],
    found: [[
      /under spec\.networkConfig.*; networkName net-48 has no namespace/,
      /"op":"move".*"op":"test".*"value":"net-48".*"value":"default\/net-48"/,
    ]],
  },
  {
    name: "a NIC without a pool beside others",
    pools: [ippoolSample()],
    vms: [vm([{ ...NIC, networkName: "a/b" }, NIC, { ...NIC, networkName: "a/c" }])],
    found: [[
      /networkName a\/b, a\/c have no pool/,
      /"value":"a\/c".*"remove","path":"\/spec\/networkConfigs\/2".*"remove","path":"\/spec\/networkConfigs\/0"/,
    ]],
  },
  {
    name: "a VirtualMachineNetworkConfig without a pool",
    vms: [vm([NIC])],
    found: [[/has no pool/, /^kubectl delete virtualmachinenetworkconfig -n default test-vm$/]],
  },
  {
    name: "a VirtualMachineNetworkConfig in a pool that is being deleted",
    pools: [ippoolSample({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })],
    vms: [vm([NIC])],
    found: [],
  },
  {
    name: "a NIC of a VM without a pool",
    vms: [vm([NIC], { metadata: { ownerReferences: [OWNER] } })],
    found: [[/has no pool/, /give that network a pool/]],
  },
];

for (const { name, pools = [], vms = [], found } of CASES) {
  Deno.test(`obstaclesOf() of ${name}`, () => {
    const obstacles: readonly Obstacle[] = obstaclesOf(worldOf(pools, vms));
    const shown = JSON.stringify(obstacles, null, 2);
    assert.equal(obstacles.length, found.length, shown);
    obstacles.forEach(({ says, commands, cure }, i) => {
      const [wanted, ...rest] = found[i]!;
      assert.match(says, wanted!);
      const told = cure === undefined ? commands : [...commands, cure];
      assert.equal(told.length, rest.length, shown);
      told.forEach((text, n) => assert.match(text, rest[n]!));
    });
  });
}

Deno.test("obstaclesOf() quotes what stands in a record for the shell", () => {
  const status = allocated({ "it's": MAC });
  const [{ commands }] = obstaclesOf(worldOf([ippoolSample({ status })])) as [Obstacle];
  assert.match(commands[0]!, /allocated\/it'\\''s"\}\]'$/);
});

Deno.test("obstaclesOf() takes away an entry only while it is what was seen", () => {
  const status = allocated({ "192.168.48.81": MAC });
  const [{ commands }] = obstaclesOf(worldOf([ippoolSample({ status })])) as [Obstacle];
  const path = "/status/ipv4/allocated/192.168.48.81";
  const patch = JSON.stringify([{ op: "test", path, value: MAC }, { op: "remove", path }]);
  assert.ok(commands[0]!.endsWith(` -p '${patch}'`), commands[0]);
});

Deno.test("lostFieldsOf() names what the Go program drops", () => {
  const nic = { ...NIC, hostname: "web" };
  const world = worldOf(
    [
      ippoolSample(),
      ippoolSample({ ipv4Config: { mtu: 1500 }, spec: { allowedNamespaces: ["a"] } }),
    ],
    [vm([NIC]), vm([nic, nic]), vmnetcfgSample({ spec: { networkConfig: [nic] } })],
  );
  assert.deepEqual(lostFieldsOf(world).map(({ fields }) => [...fields].sort()), [
    ["allowedNamespaces", "mtu"],
    ["hostname"],
    ["hostname"],
  ]);
});
