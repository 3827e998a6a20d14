/** T1 and T2: when a client renews and rebinds its lease (RFC 2131 section 4.4.5). */

import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** Seconds from the start of the lease. */
export interface RenewalTimes {
  /** T1, option 58. */
  readonly renewalSeconds: number;
  /** T2, option 59. */
  readonly rebindingSeconds: number;
}

const T1_SHARE = 0.5;
const T2_SHARE = 0.875;

/** The RFC asks for "fuzz" so that clients that booted together do not renew together. */
const JITTER_SHARE = 1 / 32;

/**
 * Half and seven eighths of the lease, both less a jitter of up to 1/32 of it. The jitter comes
 * from the MAC: a retransmission and another replica get the very same times.
 *
 * @returns The times, or `undefined` for leases too short for 0 < T1 < T2 < lease.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { parseMacAddress } from "../../net/mac_address.ts";
 * const times = renewalTimesOf(3200, parseMacAddress("52:54:00:12:34:56")!)!;
 * ok(1500 <= times.renewalSeconds && times.renewalSeconds <= 1600);
 * ok(2700 <= times.rebindingSeconds && times.rebindingSeconds <= 2800);
 * ```
 */
export function renewalTimesOf(leaseSeconds: number, mac: MacAddress): RenewalTimes | undefined {
  const jitterSeconds = Math.floor(leaseSeconds * JITTER_SHARE * (hashMacAddress(mac) / 2 ** 32));
  const renewalSeconds = Math.floor(leaseSeconds * T1_SHARE) - jitterSeconds;
  const rebindingSeconds = Math.floor(leaseSeconds * T2_SHARE) - jitterSeconds;
  const isOrdered = 0 < renewalSeconds && renewalSeconds < rebindingSeconds &&
    rebindingSeconds < leaseSeconds;
  return isOrdered ? { renewalSeconds, rebindingSeconds } : undefined;
}
