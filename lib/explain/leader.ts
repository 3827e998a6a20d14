/** Who leads: the Lease by which one of several controllers does its work. */

import { objectAt, stringAt } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";
import type { Finding, World } from "./contract.ts";

const NOBODY: Finding = {
  verdict: "failed",
  says: "no controller leads",
  cure: "run vm-dhcp controller; if it runs, read its log",
};

/** Whether a controller leads, and which. */
export function findLeader({ leader, nowMs, isStandalone }: World): Finding | undefined {
  if (isStandalone) return undefined;
  if (!leader.ok) return { verdict: "unknown", says: leader.why };
  if (leader.value === undefined) return NOBODY;
  const holder = stringAt(objectAt(leader.value, "spec"), "holderIdentity");
  if (holder === "") return NOBODY;
  const lateMs = nowMs - endMsOf(leader.value);
  if (lateMs <= 0) return { verdict: "ok", says: `${holder} leads` };
  const says = `no controller leads: ${holder} did, and has not renewed its Lease for ` +
    `${Math.round(lateMs / 1000)} s longer than it may`;
  return { ...NOBODY, says };
}

/** Until when the holder leads without a renewal. */
function endMsOf(lease: KubeObject): number {
  const spec = objectAt(lease, "spec");
  const { leaseDurationSeconds } = spec;
  const seconds = typeof leaseDurationSeconds === "number" ? leaseDurationSeconds : 0;
  const renewedMs = Date.parse(stringAt(spec, "renewTime"));
  return (Number.isNaN(renewedMs) ? 0 : renewedMs) + seconds * 1000;
}
