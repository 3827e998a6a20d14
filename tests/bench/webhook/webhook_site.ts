/** A kube-apiserver with the pools and the VMs of a large cluster, and reviews about them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { macOf } from "../../support/controller/controller_objects.ts";
import { addressOf, configOf } from "../kube/controller_site.ts";

const GROUP = "network.harvesterhci.io";

/** What the figures are for. */
export const POOLS = 200;
export const CONFIGS = 10_000;
const VMS_OF_POOL = CONFIGS / POOLS;

/** A cluster with all of that; disposing ends it. */
export async function startSite(): Promise<ControlPlane> {
  const plane = await ControlPlane.start({ withoutControllers: true });
  const numbers = Array(POOLS).keys().toArray();
  await plane.restore(
    "k8s.cni.cncf.io/network-attachment-definitions",
    numbers.map((pool) => stored(networkOf(pool))),
  );
  await plane.restore(`${GROUP}/ippools`, numbers.map((pool) => stored(poolOf(pool))));
  await plane.restore(
    `${GROUP}/virtualmachinenetworkconfigs`,
    Array(CONFIGS).keys().map((vm) => stored(servedConfigOf(vm))).toArray(),
  );
  return plane;
}

/** As the API server keeps it. */
function stored(object: KubeObject): KubeObject {
  const creationTimestamp = new Date().toISOString().replace(/\.\d+/, "");
  const metadata = {
    ...object.metadata,
    uid: crypto.randomUUID(),
    creationTimestamp,
    generation: 1,
  };
  return JSON.parse(JSON.stringify({ ...object, metadata }));
}

function networkOf(pool: number): KubeObject {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name: `net-${pool}`,
      namespace: "default",
      labels: { "network.harvesterhci.io/clusternetwork": "mgmt" },
    },
    spec: { config: "{}" },
  };
}

function poolOf(pool: number): KubeObject {
  const vms = Array(VMS_OF_POOL).keys().map((index) => [
    addressOf(pool, index),
    macOf(index * POOLS + pool),
  ]);
  return ippoolSample({
    metadata: { name: `pool-${pool}` },
    spec: { networkName: `default/net-${pool}` },
    ipv4Config: {
      cidr: `10.${pool}.0.0/16`,
      serverIP: `10.${pool}.0.2`,
      router: `10.${pool}.0.1`,
    },
    pool: { start: addressOf(pool, 0), end: addressOf(pool, 999), exclude: undefined },
    status: { ipv4: { allocated: Object.fromEntries(vms), used: VMS_OF_POOL, available: 950 } },
  });
}

/** A VM that has its address. */
function servedConfigOf(vm: number): KubeObject {
  const pool = vm % POOLS;
  const nic = {
    networkName: `default/net-${pool}`,
    macAddress: macOf(vm),
    allocatedIPAddress: addressOf(pool, Math.floor(vm / POOLS)),
    state: "Allocated",
  };
  return { ...configOf(vm, [pool]), status: { networkConfigs: [nic] } };
}

/** The question with this number, as kube-apiserver asks it; most are about VMs. */
export function reviewOf(number: number): string {
  const pool = number % POOLS;
  const config = configOf(CONFIGS + number, [pool]);
  const before = poolOf(pool);
  const ipv4Config = { ...(before.spec as JsonObject)["ipv4Config"] as JsonObject };
  const changed = (change: JsonObject): KubeObject => ({
    ...before,
    spec: { networkName: `default/net-${pool}`, ipv4Config: { ...ipv4Config, ...change } },
  });
  const leaseTime = changed({ leaseTime: 600 });
  // Denied for what the object itself holds.
  const moved = changed({ serverIP: "1.1.1.1" });
  switch (number % 8) {
    case 0:
      return inReview(number, "UPDATE", { object: moved, oldObject: before });
    case 1:
      return inReview(number, "UPDATE", { object: leaseTime, oldObject: before });
    case 2:
      return inReview(number, "UPDATE", { object: config, oldObject: configOf(CONFIGS + number) });
    default:
      return inReview(number, "CREATE", { object: config });
  }
}

/** A question that is denied because of other objects: the pool has users. */
export function deletionOf(pool: number): string {
  return inReview(pool, "DELETE", { oldObject: poolOf(pool) });
}

function inReview(
  number: number,
  operation: string,
  { object, oldObject }: { readonly object?: KubeObject; readonly oldObject?: KubeObject },
): string {
  const { kind } = (object ?? oldObject)!;
  const resource = {
    group: GROUP,
    version: "v1alpha1",
    resource: kind === "IPPool" ? "ippools" : "virtualmachinenetworkconfigs",
  };
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: `review-${number}`,
      resource,
      operation,
      userInfo: { username: "somebody" },
      object: object ?? null,
      oldObject: oldObject ?? null,
      dryRun: false,
    },
  });
}
