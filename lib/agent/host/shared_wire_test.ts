import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import { parseNetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import { AgentSet, type SettableAgent } from "./agent_set.ts";
import { NetworkInterfaces } from "./network_interfaces.ts";

/** A pool of a /24. */
function pool(
  name: string,
  { network, net, year }: { readonly network: string; readonly net: string; readonly year: number },
): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name, namespace: "default", creationTimestamp: `${year}-01-01T00:00:00Z` },
    spec: {
      networkName: `default/${network}`,
      ipv4Config: {
        serverIP: `${net}.2`,
        cidr: `${net}.0/24`,
        pool: { start: `${net}.10`, end: `${net}.20` },
      },
    },
  };
}

/** The networks `a` and `b` are on br0, `c` is on br1. */
function setUp() {
  const pools = new FakeInformer(parseIPPool);
  const networks = new FakeInformer(parseNetworkAttachmentDefinition);
  const log = new RecordingLogger();
  const running = new Set<string>();
  const changed: string[] = [];
  const fixed = new Map([["default/a", "br0"], ["default/b", "br0"], ["default/c", "br1"]]);
  const set = new AgentSet({
    pools,
    interfaces: new NetworkInterfaces({ fixed, networks, log }),
    createAgent: ({ name }) => ({
      status: { ready: true, reason: "Serving", message: "serving" },
      run: (signal: AbortSignal) => {
        running.add(name);
        signal.addEventListener("abort", () => running.delete(name));
        return Promise.resolve();
      },
    } as unknown as SettableAgent),
    onStatusChange: (key) => changed.push(key),
    clock: { nowMs: () => 0 },
    log,
  });
  return { pools, set, changed, served: () => [...running].sort() };
}

const OLD = pool("old", { network: "a", net: "192.0.2", year: 2025 });
const NEW = pool("new", { network: "b", net: "192.0.2", year: 2026 });

for (const order of [[OLD, NEW], [NEW, OLD]]) {
  const first = order[0]!.metadata.name;
  Deno.test(`AgentSet serves the older of two networks' pools over one subnet on one interface: ${first} comes first`, () => {
    const { pools, set, changed, served } = setUp();
    for (const each of order) pools.put(each);
    assert.deepEqual(served(), ["old"]);
    assert.ok(changed.includes("default/new") || first === "old");
    assert.deepEqual(set.observe("default/new"), {
      ready: false,
      reason: "NoInterface",
      message:
        "agent for ippool default/new is not deployed: VM network default/a has the same interface br0, " +
        "and ippool default/old serves 192.0.2.0/24 there; choose another subnet, or another interface " +
        "for one of the networks",
    });
  });
}

Deno.test("AgentSet serves a pool when the older one on its interface has gone, or has moved", () => {
  for (const leave of ["gone", "moved"]) {
    const { pools, served, changed } = setUp();
    pools.put(OLD);
    pools.put(NEW);
    changed.splice(0);
    if (leave === "gone") pools.remove("default/old");
    else pools.put(pool("old", { network: "c", net: "192.0.2", year: 2025 }));
    assert.deepEqual(served(), leave === "gone" ? ["new"] : ["new", "old"]);
    assert.ok(changed.includes("default/new"));
  }
});

Deno.test("AgentSet keeps the place of an older pool that cannot be read any more", () => {
  const { pools, served } = setUp();
  pools.put(OLD);
  pools.put({ ...OLD, spec: "?" });
  pools.put(NEW);
  assert.deepEqual(served(), ["old"]);
});

Deno.test("AgentSet serves pools of several networks on one interface whose subnets are apart", () => {
  const { pools, served } = setUp();
  pools.put(OLD);
  pools.put(pool("new", { network: "b", net: "192.0.3", year: 2026 }));
  assert.deepEqual(served(), ["new", "old"]);
});
