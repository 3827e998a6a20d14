import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { virtualMachine } from "../../../tests/support/controller/virtual_machines.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import { type EventNote, type KubeClient, StatusError } from "../../kube/contract.ts";
import {
  VIRTUAL_MACHINE_INSTANCE_KIND,
  VIRTUAL_MACHINE_KIND,
  VMNETCFG_KIND,
} from "../../reconcile/kinds.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { virtualMachineController } from "./virtual_machine_controller.ts";

const KEY = "default/vm-1";
const MAC = "52:54:00:00:00:01";
const SIGNAL = new AbortController().signal;
const NOT_FOUND = new StatusError(404, "NotFound", 'virtualmachines "vm-1" not found');

/** A controller over caches that the test fills; its writes and reads are kept. */
function setUp(found: KubeObject | StatusError = NOT_FOUND, created?: StatusError) {
  const clock = new FakeClock();
  const events: EventNote[] = [];
  const requests: string[] = [];
  const vms = new FakeInformer(VIRTUAL_MACHINE_KIND.parse);
  const vmnetcfgs = new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes);
  const instances = new FakeInformer(VIRTUAL_MACHINE_INSTANCE_KIND.parse);
  const made: KubeObject[] = [];
  const client: Partial<KubeClient> = {
    get: (type) => {
      requests.push(`get ${type.plural}`);
      return found instanceof StatusError ? Promise.reject(found) : Promise.resolve(found);
    },
    create: (_type, object) => {
      requests.push(`create ${keyOf(object)}`);
      if (created !== undefined) return Promise.reject(created);
      const metadata = { ...object.metadata, uid: "config", resourceVersion: "1" };
      made.push({ ...object, metadata });
      return Promise.resolve(made.at(-1)!);
    },
    delete: (_type, _name, options) => {
      requests.push(`delete ${options?.preconditions?.uid}`);
      return Promise.resolve();
    },
  };
  const recorder = { record: (event: EventNote) => void events.push(event) };
  const controller = virtualMachineController({
    vms: new FreshCache(vms, VIRTUAL_MACHINE_KIND.parse),
    vmnetcfgs: new ObjectWriter(
      client as KubeClient,
      VMNETCFG_KIND.type,
      new FreshCache(vmnetcfgs, VMNETCFG_KIND.parse),
      recorder,
    ),
    instances: new FreshCache(instances, VIRTUAL_MACHINE_INSTANCE_KIND.parse),
    clock,
  });
  const enqueued: string[] = [];
  for (const each of controller.watches) each.onKeys((keys) => enqueued.push(...keys));
  const reconcile = () => controller.reconcile(KEY, SIGNAL);
  const seen = { events, requests, made, enqueued };
  return { vms, vmnetcfgs, instances, clock, controller, reconcile, ...seen };
}

function vmWith(metadata: Partial<KubeObject["metadata"]> = {}, macAddress = MAC): KubeObject {
  const nic = { name: "eth0", ...(macAddress === "" ? {} : { macAddress }) };
  return virtualMachine({ name: "vm-1", namespace: "default", uid: "vm", ...metadata }, [nic]);
}

/** A controller that has made the object of a VM, which its cache holds by now. */
async function setUpMade(found?: KubeObject) {
  const world = setUp(found);
  world.vms.put(vmWith());
  await world.reconcile();
  world.vmnetcfgs.put(world.made[0]!);
  world.requests.length = 0;
  world.enqueued.length = 0;
  return world;
}

type World = ReturnType<typeof setUp>;

Deno.test("virtualMachineController() makes the object of a VM, once", async () => {
  const { vms, vmnetcfgs, made, requests, enqueued, reconcile } = setUp();
  vms.put(vmWith());
  assert.deepEqual(enqueued.splice(0), [KEY]);
  assert.deepEqual(await reconcile(), {});
  vmnetcfgs.put(made[0]!);
  await reconcile();
  assert.deepEqual(requests, [`create ${KEY}`]);
});

Deno.test("virtualMachineController() deletes an object whose VM went before it came into the cache", async () => {
  const { vms, vmnetcfgs, made, requests, enqueued, reconcile } = setUp();
  vms.put(vmWith());
  await reconcile();
  vms.remove(KEY);
  await reconcile();
  enqueued.length = 0;
  vmnetcfgs.put(made[0]!);
  assert.deepEqual(enqueued, [KEY]);
  await reconcile();
  assert.deepEqual(requests, [`create ${KEY}`, "get virtualmachines", "delete config"]);
});

Deno.test("virtualMachineController() looks at a VM again when there is an object that its cache lacks", async () => {
  const { vms, reconcile } = setUp(NOT_FOUND, new StatusError(409, "AlreadyExists", "it exists"));
  vms.put(vmWith());
  await assert.rejects(reconcile(), { code: 409, reason: "Conflict" });
});

Deno.test("virtualMachineController() makes nothing in a namespace that is going", async () => {
  const cause = { field: "metadata.namespace", reason: "NamespaceTerminating", message: "" };
  const going = new StatusError(403, "Forbidden", "it is being terminated", [cause]);
  const { vms, reconcile } = setUp(NOT_FOUND, going);
  vms.put(vmWith());
  assert.deepEqual(await reconcile(), {});
});

Deno.test("virtualMachineController() tells a VM once why its object is refused", async () => {
  const refused = new StatusError(403, "Forbidden", "no right");
  const { vms, events, reconcile } = setUp(NOT_FOUND, refused);
  vms.put(vmWith());
  for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(reconcile(), refused);
  assert.deepEqual(events.map(({ reason, note }) => `${reason}: ${note}`), [
    "NetworkConfigRefused: the API server refuses VirtualMachineNetworkConfig default/vm-1: no right",
  ]);
});

Deno.test("virtualMachineController() deletes the object of a VM that it saw go, without a question", async () => {
  const { vms, requests, enqueued, reconcile } = await setUpMade();
  vms.remove(KEY);
  assert.deepEqual(enqueued, [KEY]);
  await reconcile();
  assert.deepEqual(requests, ["delete config"]);
});

Deno.test("virtualMachineController() deletes no object of a VM that its cache only lacks", async () => {
  for (
    const { found, requests } of [
      { found: vmWith({ uid: "unseen" }), requests: ["get virtualmachines"] },
      { found: vmWith({ uid: "third" }), requests: ["get virtualmachines", "delete config"] },
      { found: NOT_FOUND, requests: ["get virtualmachines", "delete config"] },
    ]
  ) {
    for (const seen of [undefined, vmWith({ uid: "older" })]) {
      const world = setUp(found);
      if (seen !== undefined) world.vms.put(seen);
      const [object] = (await setUpMade()).made;
      const ownerReferences = [{ ...object!.metadata.ownerReferences![0]!, uid: "unseen" }];
      world.vmnetcfgs.put({ ...object!, metadata: { ...object!.metadata, ownerReferences } });
      const reconciled = world.reconcile();
      if (requests.length === 1) await assert.rejects(reconciled, /a cache is behind/);
      await reconciled.catch(() => {});
      assert.deepEqual(world.requests, requests);
    }
  }
});

Deno.test("virtualMachineController() takes a MAC address from what runs of this VM, and of no earlier one", async () => {
  const { vms, instances, events, made, enqueued, reconcile } = setUp();
  vms.put(vmWith({}, ""));
  instances.sync();
  await reconcile();
  assert.deepEqual(events.map(({ reason }) => reason), ["NoMACAddress"]);
  const instance = (uid: string) => ({
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      name: "vm-1",
      namespace: "default",
      ownerReferences: [{
        apiVersion: "kubevirt.io/v1",
        kind: "VirtualMachine",
        name: "vm-1",
        uid,
      }],
    },
    status: { interfaces: [{ name: "eth0", mac: MAC.toUpperCase() }] },
  });
  enqueued.length = 0;
  instances.put(instance("older"));
  assert.deepEqual(enqueued, [KEY]);
  await reconcile();
  assert.equal(made.length, 0);
  instances.put(instance("vm"));
  await reconcile();
  assert.deepEqual((made[0]!.spec as { networkConfigs: unknown }).networkConfigs, [
    { networkName: "default/net-48", macAddress: MAC },
  ]);
});

for (
  const { name, answer } of [
    { name: "until they are listed", answer: ({ instances }: World) => instances.sync() },
    { name: "until they are refused", answer: ({ instances }: World) => instances.refuse() },
    { name: "for five seconds", answer: ({ clock }: World) => clock.advance(5_000) },
  ]
) {
  Deno.test(`virtualMachineController() waits ${name} for instances that a MAC address comes from, once`, async () => {
    const world = setUp();
    world.vms.put(vmWith({}, ""));
    const reconciled = world.reconcile();
    await settle();
    assert.deepEqual(world.events, []);
    await answer(world);
    await reconciled;
    assert.deepEqual(world.events.map(({ reason }) => reason), ["NoMACAddress"]);
    assert.equal(world.clock.sleeping, 0);
    await world.reconcile();
    assert.equal(world.clock.sleeping, 0);
  });
}

Deno.test("virtualMachineController() does not mind what KubeVirt and other controllers write about a VM", async () => {
  const { vms, vmnetcfgs, made, enqueued } = await setUpMade();
  vms.put({ ...vmWith({ resourceVersion: "2" }), status: { ready: true } });
  vms.put(vmWith({ resourceVersion: "3", labels: { a: "b" } }));
  vmnetcfgs.put({ ...made[0]!, status: { networkConfigs: [] } });
  assert.deepEqual(enqueued, []);
  vms.put(vmWith({ annotations: { "static-ip.harvesterhci.io/eth0": "10.0.0.1" } }));
  vmnetcfgs.put({ ...made[0]!, spec: {} });
  vmnetcfgs.remove(KEY);
  assert.deepEqual(enqueued, [KEY, KEY, KEY]);
});
