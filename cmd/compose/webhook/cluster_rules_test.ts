import assert from "node:assert/strict";
import fc from "fast-check";
import type { AdmissionRequest } from "../../../lib/admission/contract.ts";
import type { CachedKind, KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../../lib/reconcile/kinds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { Informers } from "../informers.ts";
import { createClusterRules } from "./cluster_rules.ts";

const NETWORK: KubeObject = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: {
    name: "net-48",
    namespace: "default",
    labels: { "network.harvesterhci.io/clusternetwork": "mgmt" },
  },
};

const NODE: KubeObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1" },
  status: { addresses: [{ type: "InternalIP", address: "192.168.48.85" }] },
};

/** Caches that hold what a test puts there. */
class Setup {
  readonly #caches = new Map<string, {
    readonly cache: { synced: boolean };
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
