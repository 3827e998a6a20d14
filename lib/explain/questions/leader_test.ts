import { equal } from "node:assert/strict";
import { LEASES } from "../../api/resources.ts";
import { EMPTY_WORLD } from "../../../tests/support/explain/empty_world.ts";
import type { World } from "../contract.ts";
import { findLeader } from "./leader.ts";

const NOW_MS = Date.parse("2026-01-31T12:00:00Z");

function worldOf(spec: object): World {
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: LEASES.kind,
    metadata: { namespace: "kube-system", name: "vm-dhcp-controllers" },
    spec,
  };
  return { ...EMPTY_WORLD, nowMs: NOW_MS, leader: { ok: true, value: lease } };
}

const cases: readonly {
  readonly name: string;
  readonly world: World;
  readonly verdict: string | undefined;
  readonly says?: string;
}[] = [
  { name: "without a Lease, nobody leads", world: EMPTY_WORLD, verdict: "failed" },
  {
    name: "a holder that renewed in time leads",
    world: worldOf({
      holderIdentity: "a",
      renewTime: "2026-01-31T11:59:30.000000Z",
      leaseDurationSeconds: 45,
    }),
    verdict: "ok",
    says: "a leads",
  },
  {
    name: "a holder that did not renew leads no more",
    world: worldOf({
      holderIdentity: "a",
      renewTime: "2026-01-31T11:59:00.000000Z",
      leaseDurationSeconds: 45,
    }),
    verdict: "failed",
    says: "no controller leads: a did, and has not renewed its Lease for 15 s longer than it may",
  },
  {
    name: "a Lease that was given back is nobody's",
    world: worldOf({ holderIdentity: "" }),
    verdict: "failed",
    says: "no controller leads by the Lease kube-system/vm-dhcp-controllers",
  },
  {
    name: "a Lease that may not be read says nothing",
    world: { ...EMPTY_WORLD, leader: { ok: false, why: "you may not get leases" } },
    verdict: "unknown",
    says: "you may not get leases",
  },
  {
    name: "standalone needs no Lease",
    world: { ...EMPTY_WORLD, isStandalone: true },
    verdict: undefined,
  },
];

for (const { name, world, verdict, says } of cases) {
  Deno.test(`findLeader: ${name}`, () => {
    const finding = findLeader(world);
    equal(finding?.verdict, verdict);
    if (says !== undefined) equal(finding?.says, says);
  });
}
