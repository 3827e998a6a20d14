import assert from "node:assert/strict";
import fc from "fast-check";
import type { AdmissionRequest } from "../../../lib/admission/contract.ts";
import { judge } from "../../../lib/admission/judge.ts";
import type { CachedKind, KubeObject, Observed } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { parseMacAddress } from "../../../lib/net/mac_address.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../../lib/reconcile/kinds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { networkSample, worldOf } from "../../../tests/support/apiserver/admission_worlds.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { Informers } from "../informers.ts";
import { createClusterRules } from "./cluster_rules.ts";

const NETWORK = networkSample("net-48", { "network.harvesterhci.io/clusternetwork": "mgmt" });

const NODE: KubeObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1" },
  status: { addresses: [{ type: "InternalIP", address: "192.168.48.85" }] },
};

/** Caches that hold what a test puts there. */
class Setup {
  readonly #caches = new Map<string, {
    readonly cache: { synced: boolean; get(key: string): Observed<unknown> | undefined };
    /** As it comes from the API server. */
    readonly put: (object: KubeObject) => void;
  }>();
  readonly rules = createClusterRules(new Informers((kind) => this.#cacheOf(kind)), {
    serviceCidrs: [parseCidr("10.53.0.0/16")!],
    clusterCidrs: [parseCidr("10.52.0.0/16")!],
    trustedUsers: ["controller"],
  });

  put(plural: string, object: KubeObject): this {
    this.#caches.get(plural)!.put(object);
    return this;
  }

  /** What the cache of a kind holds for an object. */
  kept(plural: string, key: string): KubeObject | undefined {
    return this.#caches.get(plural)!.cache.get(key)?.object;
  }

  /** As when the API server does not give a kind. */
  refuse(plural: string): this {
    this.#caches.get(plural)!.cache.synced = false;
    return this;
  }

  /** The names of the rules that deny. */
  denying(request: AdmissionRequest): readonly string[] {
    return this.rules.judge(request).errors.map(({ check }) => check);
  }

  #cacheOf<T>({ type, parse, indexes, extract = (object) => object }: CachedKind<T>) {
    const cache = new FakeInformer(parse, indexes);
    cache.sync();
    this.#caches.set(type.plural, { cache, put: (object) => cache.put(extract(object)) });
    return cache;
  }
}

function creation(object: KubeObject): AdmissionRequest {
  const type = object.kind === IPPOOLS.kind ? IPPOOLS : VIRTUAL_MACHINE_NETWORK_CONFIGS;
  return { type, operation: "CREATE", object };
}

Deno.test("createClusterRules() looks at networks, pools, VMs and nodes", () => {
  const setup = new Setup();
  const pool = ippoolSample({ ipv4Config: { cidr: "192.168.48.0/24" } });
  assert.deepEqual(setup.denying(creation(pool)), ["ippool-network-exists"]);
  setup.put(NETWORK_KIND.type.plural, NETWORK);
  assert.deepEqual(setup.denying(creation(pool)), []);
  setup.put("nodes", NODE);
  assert.deepEqual(setup.denying(creation(pool)), ["ippool-node-addresses"]);
  setup.put(VMNETCFG_KIND.type.plural, vmnetcfgSample());
  const deletion: AdmissionRequest = { type: IPPOOLS, operation: "DELETE", oldObject: pool };
  assert.deepEqual(setup.denying(deletion), ["ippool-in-use"]);
  setup.put(IPPOOL_KIND.type.plural, ippoolSample({ metadata: { name: "other" } }));
  assert.ok(setup.denying(creation(pool)).includes("ippool-one-per-network"));
});

Deno.test("createClusterRules() keeps of VMs what the rules ask of them", () => {
  const told = { networkName: "net-48", macAddress: "fa:cf:8e:50:82:fd", state: "Allocated" };
  const setup = new Setup().put(NETWORK_KIND.type.plural, NETWORK);
  setup.put(
    VMNETCFG_KIND.type.plural,
    vmnetcfgSample({
      spec: {
        networkConfigs: undefined,
        // One that the status names as well, and one that it does not.
        networkConfig: ["fa:cf:8e:50:82:fd", "fa:cf:8e:50:82:fe"]
          .map((macAddress) => ({ networkName: "net-48", macAddress })),
      },
      status: { networkConfigs: [{ ...told, allocatedIPAddress: "192.168.48.77" }] },
    }),
  );
  assert.deepEqual(setup.denying(creation(ippoolSample())), ["ippool-server-told"]);
  // Of two pools on a network, one is in use when it holds an address of one of its NICs.
  setup.put(IPPOOL_KIND.type.plural, ippoolSample({ metadata: { name: "other" } }));
  for (const [mac, denials] of [["fd", ["ippool-in-use"]], ["fe", ["ippool-in-use"]], ["ff", []]]) {
    const status = { ipv4: { allocated: { "192.168.48.84": `fa:cf:8e:50:82:${mac}` } } };
    const oldObject = ippoolSample({ status });
    setup.put(IPPOOL_KIND.type.plural, oldObject);
    assert.deepEqual(setup.denying({ type: IPPOOLS, operation: "DELETE", oldObject }), denials);
  }
});

Deno.test("the webhook keeps nothing of a VM that no rule reads", () => {
  const [read, unread] = ["fa:cf:8e:50:82:fd", "fa:cf:8e:50:82:fe"];
  const condition = { type: "Allocated", status: "True", reason: "Bound", message: "has it" };
  const nics = [
    { networkName: "net-48", macAddress: read, ipAddress: "192.168.48.77", hostname: "a" },
    { networkName: "default/net-49", macAddress: unread },
  ];
  const status = {
    networkConfigs: [{
      networkName: "default/net-48",
      macAddress: read,
      state: "Allocated",
      allocatedIPAddress: "192.168.48.77",
    }],
    conditions: [condition],
  };
  const setup = new Setup().put(
    VMNETCFG_KIND.type.plural,
    vmnetcfgSample({
      metadata: {
        uid: "11111111-2222-3333-4444-555555555555",
        resourceVersion: "7",
        generation: 3,
        creationTimestamp: "2026-01-01T00:00:00Z",
        labels: { app: "vm" },
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        finalizers: ["wrangler.cattle.io/x"],
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "y" }],
        managedFields: [{ manager: "kubectl" }],
      },
      spec: { networkConfigs: nics, paused: true },
      status,
    }),
  );
  const { apiVersion, kind } = vmnetcfgSample();
  assert.deepEqual(setup.kept(VMNETCFG_KIND.type.plural, "default/test-vm"), {
    apiVersion,
    kind,
    metadata: { name: "test-vm", namespace: "default", resourceVersion: "7" },
    nics: [
      {
        network: "default/net-48",
        mac: parseMacAddress(read!),
        told: parseIpv4Address("192.168.48.77"),
      },
      { network: "default/net-49", mac: parseMacAddress(unread!), told: undefined },
    ],
  });
});

Deno.test("createClusterRules() denies no pool for a network while networks cannot be read", () => {
  const setup = new Setup().refuse(NETWORK_KIND.type.plural);
  assert.deepEqual(setup.denying(creation(ippoolSample())), []);
});

Deno.test("createClusterRules() tells what may be over already from what stays wrong", async () => {
  const setup = new Setup();
  const unknown = setup.rules.judge(creation(ippoolSample()));
  assert.equal(setup.rules.mayPass(unknown.errors), true);
  const services = { cidr: "10.53.0.0/24", serverIP: "10.53.0.2", router: "10.53.0.1" };
  const pool = { start: "10.53.0.3", end: "10.53.0.9", exclude: [] };
  const wrong = setup.rules.judge(creation(ippoolSample({ ipv4Config: services, pool })));
  assert.deepEqual(wrong.errors.map(({ check }) => check), [
    "ippool-network-exists",
    "ippool-service-network",
  ]);
  assert.equal(setup.rules.mayPass(wrong.errors), false);

  const over = new AbortController();
  const changed = setup.rules.changed(over.signal);
  setup.put(NETWORK_KIND.type.plural, NETWORK);
  assert.equal(await changed, true);
  const none = setup.rules.changed(over.signal);
  over.abort();
  assert.equal(await none, false);
});

Deno.test("createClusterRules() fills in pools only", () => {
  const { rules } = new Setup();
  const open = ippoolSample({ ipv4Config: { serverIP: undefined } });
  const filled = rules.defaults(creation(open));
  assert.deepEqual(filled.ok && filled.patch.map(({ path }) => path), [
    "/spec/ipv4Config/serverIP",
  ]);
  assert.deepEqual(rules.defaults(creation(vmnetcfgSample())), { ok: true, patch: [] });
});

/** Replaces one value somewhere in a JSON tree. */
function mutate(tree: unknown, path: readonly number[], value: unknown): unknown {
  if (typeof tree !== "object" || tree === null || path.length === 0) return value;
  const keys = Object.keys(tree);
  const key = keys[path[0]! % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const copy = (Array.isArray(tree) ? [...tree] : { ...tree }) as Record<string, unknown>;
  copy[key] = mutate(copy[key], path.slice(1), value);
  return copy;
}

Deno.test("what the webhook keeps of objects is judged like the whole of them", () => {
  const mac = "fa:cf:8e:50:82:fc";
  const told = { networkName: "default/net-48", macAddress: mac, state: "Allocated" };
  const samples = [
    ippoolSample({ status: { ipv4: { allocated: { "192.168.48.84": mac } } } }),
    vmnetcfgSample(),
    vmnetcfgSample({
      status: { networkConfigs: [{ ...told, allocatedIPAddress: "192.168.48.77" }] },
    }),
  ];
  const path = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 });
  const parts = fc.constantFrom("net-48", "default/net-49", mac, "Pending", "192.168.48.77", [
    told,
  ]);
  const cached = fc.tuple(fc.constantFrom(...samples), fc.option(path), parts)
    .map(([sample, path, part]) => path === null ? sample : mutate(sample, path, part));
  const said = new Set<string>();
  fc.assert(
    fc.property(fc.array(cached, { maxLength: 4 }), (found) => {
      const objects = found.map((one, index) => {
        const { apiVersion, kind, ...rest } = one as KubeObject;
        const metadata = { name: `object-${index}`, namespace: "default" };
        return { ...rest, apiVersion, kind: String(kind), metadata };
      });
      const [pools, vmnetcfgs] = [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS]
        .map((type) => objects.filter(({ kind }) => kind === type.kind));
      const setup = new Setup().put(NETWORK_KIND.type.plural, NETWORK);
      for (const one of [...pools!, ...vmnetcfgs!]) setup.put(creation(one).type.plural, one);
      const whole = worldOf({
        networks: [NETWORK],
        pools: pools!,
        vmnetcfgs: vmnetcfgs!,
        serviceCidrs: ["10.53.0.0/16"],
        clusterCidrs: ["10.52.0.0/16"],
        deploysAgents: true,
      });
      for (const object of [samples[0]!, vmnetcfgSample(), ...pools!]) {
        const { type } = creation(object);
        for (const operation of ["CREATE", "UPDATE", "DELETE"] as const) {
          const request = { type, operation, object, oldObject: object };
          const verdict = setup.rules.judge(request);
          assert.deepEqual(verdict, judge(request, whole));
          for (const { check } of verdict.errors) said.add(check);
        }
      }
    }),
    { numRuns: 1000 },
  );
  // Rules that ask about users of a network, so that it was about them.
  for (const check of ["ippool-in-use", "ippool-server-told"]) assert.ok(said.has(check), check);
});

Deno.test("the rules never throw, whatever is judged and whatever the caches hold", () => {
  const path = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 });
  const samples = [ippoolSample({ status: { ipv4: { allocated: {} } } }), vmnetcfgSample()];
  const object = fc.tuple(fc.constantFrom(...samples), path, fc.jsonValue())
    .map(([sample, path, value]) => {
      const changed = mutate(sample, path, value) as KubeObject;
      // The API server names kind and object itself.
      const { kind, metadata: { name, namespace } } = sample;
      return { ...changed, kind, metadata: { ...changed.metadata, name, namespace } } as KubeObject;
    });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 3 }), object, object, (cached, before, after) => {
      const setup = new Setup().put(NETWORK_KIND.type.plural, NETWORK).put("nodes", NODE);
      for (const one of cached) setup.put(creation(one).type.plural, one);
      const request = creation(after);
      setup.denying(request);
      setup.rules.defaults(request);
      setup.denying({ ...request, operation: "UPDATE", oldObject: before });
      const deleted: AdmissionRequest = {
        type: creation(before).type,
        operation: "DELETE",
        oldObject: before,
      };
      const { errors } = setup.rules.judge(deleted);
      assert.equal(typeof setup.rules.denial(deleted, errors), "string");
    }),
    { numRuns: 2000 },
  );
});
