import assert from "node:assert/strict";
import { M1 } from "../../../tests/support/dhcp/dhcp_packets.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { renewalTimesOf } from "./renewal_times.ts";

Deno.test("renewalTimesOf() is half and seven eighths less at most 1/32 of the lease", () => {
  for (const leaseSeconds of [10, 60, 300, 3600, 86400, 31536000, 0xfffffffe]) {
    for (let i = 0; i < 200; i++) {
      const times = renewalTimesOf(leaseSeconds, (0x525400000000 + i) as MacAddress);
      assert.ok(times !== undefined);
      const jitterSeconds = Math.floor(leaseSeconds / 2) - times.renewalSeconds;
      assert.ok(jitterSeconds >= 0 && jitterSeconds <= leaseSeconds / 32, `${leaseSeconds} s`);
      assert.equal(Math.floor(leaseSeconds * 0.875) - times.rebindingSeconds, jitterSeconds);
    }
  }
});

Deno.test("renewalTimesOf() spreads consecutive MACs over the whole jitter", () => {
  const leaseSeconds = 3200;
  const tenths = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const times = renewalTimesOf(leaseSeconds, (0x525400000000 + i) as MacAddress);
    tenths.add(Math.floor((leaseSeconds / 2 - times!.renewalSeconds) / 10));
  }
  assert.equal(tenths.size, 10);
});

Deno.test("renewalTimesOf() depends on all six octets", () => {
  const times = new Set<number>();
  for (let bit = 0; bit < 48; bit++) {
    times.add(renewalTimesOf(0xfffffffe, (M1 + 2 ** bit) as MacAddress)!.renewalSeconds);
  }
  assert.equal(times.size, 48);
});

Deno.test("renewalTimesOf() gives the same times for the same client", () => {
  assert.deepEqual(renewalTimesOf(3600, M1), renewalTimesOf(3600, M1));
});

Deno.test("renewalTimesOf() gives none for leases too short to renew", () => {
  assert.equal(renewalTimesOf(1, M1), undefined);
  assert.equal(renewalTimesOf(2, M1), undefined);
  assert.deepEqual(renewalTimesOf(3, M1), { renewalSeconds: 1, rebindingSeconds: 2 });
});
