/** Who leads: the Lease by which one of several controllers does its work. */

import { objectAt, stringAt } from "../../base/json.ts";
import { formatNamespacedName, keyOf, type KubeObject } from "../../api/meta.ts";
import type { Finding, World } from "../contract.ts";
import { unread, well, wrong } from "../findings.ts";

const CURE = "run vm-dhcp controller; if it runs, read its log";

/** A controller whose flags name another Lease, or none, is not seen here. */
function nobody(name: string): Finding {
  return wrong(
    `no controller leads by the Lease ${name}`,
    `${CURE}, and give this command its --leader-elect-resource flags`,
  );
}

/** Whether a controller leads, and which. */
export function findLeader(
  { leader, leaderLease, nowMs, isStandalone }: World,
): Finding | undefined {
  if (isStandalone) return undefined;
  if (!leader.ok) return unread(leader.why);
  if (leader.value === undefined) return nobody(formatNamespacedName(leaderLease));
  const holder = stringAt(objectAt(leader.value, "spec"), "holderIdentity");
  if (holder === "") return nobody(keyOf(leader.value));
  const lateMs = nowMs - endMsOf(leader.value);
  if (lateMs <= 0) return well(`${holder} leads`);
  const says = `no controller leads: ${holder} did, and has not renewed its Lease for ` +
    `${Math.round(lateMs / 1000)} s longer than it may`;
  return wrong(says, CURE);
}

/** Until when the holder leads without a renewal. */
function endMsOf(lease: KubeObject): number {
  const spec = objectAt(lease, "spec");
  const { leaseDurationSeconds } = spec;
  const seconds = typeof leaseDurationSeconds === "number" ? leaseDurationSeconds : 0;
  const renewedMs = Date.parse(stringAt(spec, "renewTime"));
  return (Number.isNaN(renewedMs) ? 0 : renewedMs) + seconds * 1000;
}
