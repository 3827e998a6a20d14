/** What candidates write into a Lease object (`coordination.k8s.io/v1`), and nothing of its rules. */

import type { V1Lease } from "@kubernetes/client-node";
import { type JsonObject, objectAt, stringAt } from "../../base/json.ts";
import type { AsJson, KubeObject, NamespacedName } from "../../api/meta.ts";
import { apiVersionOf, LEASES } from "../../api/resources.ts";

/** The part of `spec` that an election is about. */
export interface LeaseRecord {
  /** The leader; empty when the last one gave the lease back. */
  readonly holderIdentity: string;
  /** How long others have to wait without seeing a change; 0 when the object does not say. */
  readonly leaseDurationSeconds: number;
  /** Texts as the holder wrote them. Its clock may be wrong: they are never compared with ours. */
  readonly acquireTime: string;
  readonly renewTime: string;
  /** Changes of the holder so far. */
  readonly leaseTransitions: number;
}

/** Reads the record of a Lease; what is missing or of another type counts as empty. */
export function leaseRecordOf(lease: KubeObject): LeaseRecord {
  const spec = objectAt(lease, "spec");
  return {
    holderIdentity: stringAt(spec, "holderIdentity"),
    leaseDurationSeconds: numberOf(spec["leaseDurationSeconds"]),
    acquireTime: stringAt(spec, "acquireTime"),
    renewTime: stringAt(spec, "renewTime"),
    leaseTransitions: numberOf(spec["leaseTransitions"]),
  };
}

/** Makes the first Lease of an election. */
export function newLease({ namespace, name }: NamespacedName, record: LeaseRecord): KubeObject {
  return {
    apiVersion: apiVersionOf(LEASES),
    kind: LEASES.kind,
    metadata: { namespace, name },
    spec: { ...record },
  } satisfies AsJson<V1Lease>;
}

/** The Lease with another record over the same version; what else others put into it stays. */
export function withRecord(lease: KubeObject, record: LeaseRecord): KubeObject {
  const spec: JsonObject = { ...objectAt(lease, "spec"), ...record };
  return { ...lease, spec };
}

/** Whether nothing of the record changed. */
export function isSameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holderIdentity === b.holderIdentity &&
    a.leaseDurationSeconds === b.leaseDurationSeconds &&
    a.acquireTime === b.acquireTime && a.renewTime === b.renewTime &&
    a.leaseTransitions === b.leaseTransitions;
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
