/** What a rule of admission says of a change, and the parts that cases of it are made of. */

import type { AdmissionRequest } from "../../../../lib/admission/contract.ts";
import type { KubeObject, ResourceType } from "../../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../../lib/api/resources.ts";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { networkSample, type Surroundings } from "../../../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../../support/apiserver/samples.ts";

/** One change, asked of one rule. */
export interface AdmissionCase {
  readonly check: string;
  readonly name: string;
  readonly request: AdmissionRequest;
  readonly around?: Surroundings;
  /** What the rule says; empty where it has nothing to say. */
  readonly says: readonly string[];
}

type PoolChanges = Parameters<typeof ippoolSample>[0];

export const CONFIG = "spec.ipv4Config";
export const MAC = "fa:cf:8e:50:82:fc";
export const OTHER_MAC = "fa:cf:8e:50:82:fd";

/** A change, as it comes over the wire. */
export function request(
  type: ResourceType,
  operation: AdmissionRequest["operation"],
  objects: { readonly object?: KubeObject; readonly oldObject?: KubeObject },
): AdmissionRequest {
  return JSON.parse(JSON.stringify({ type, operation, ...objects }));
}

/** The pool of the examples, made with changes. */
export function creation(changes: PoolChanges = {}): AdmissionRequest {
  return request(IPPOOLS, "CREATE", { object: ippoolSample(changes) });
}

/** That pool with some changes, updated to others. */
export function update(before: PoolChanges, after: PoolChanges): AdmissionRequest {
  return request(IPPOOLS, "UPDATE", {
    oldObject: ippoolSample(before),
    object: ippoolSample(after),
  });
}

/** That pool, deleted. */
export function deletion(changes: PoolChanges = {}): AdmissionRequest {
  return request(IPPOOLS, "DELETE", { oldObject: ippoolSample(changes) });
}

/** A VM with NICs on the network of that pool, or where the changes say. */
export function nics(...list: readonly JsonObject[]): AdmissionRequest {
  const nic = { macAddress: MAC, networkName: "default/net-48" };
  const networkConfigs = list.map((changes) => ({ ...nic, ...changes }));
  const object = vmnetcfgSample({ spec: { networkConfigs } });
  return request(VIRTUAL_MACHINE_NETWORK_CONFIGS, "CREATE", { object });
}

/** Another pool of the same network. */
export function otherPool(changes: PoolChanges = {}): KubeObject {
  return ippoolSample({ ...changes, metadata: { name: "other", ...changes?.metadata } });
}

/** The status of a pool that has recorded this. */
export function allocated(records: JsonObject): JsonObject {
  return { ipv4: { allocated: records } };
}

const VLAN = { "network.harvesterhci.io/clusternetwork": "vlan" };
export const NET_48 = networkSample("net-48", VLAN);
export const NET_49 = networkSample("net-49", VLAN);
