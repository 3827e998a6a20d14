import assert from "node:assert/strict";
import {
  type ClientPacket,
  DECLINE,
  INFORM,
  ip,
  leaseTable,
  M1,
  M2,
  mac,
  MX,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { answerContext, protectedAnswer } from "../../../tests/support/dhcp/dhcp_requests.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { CLIENT_LIMITS_DEFAULT, ClientGuard, type ClientLimits } from "./client_guard.ts";
import { createLeaseTable } from "../lease.ts";

const DECLINED: ClientPacket = {
  type: DECLINE,
  options: [[54, octets(SERVER_IP)], [50, octets("192.0.2.10")]],
};
const RENEWAL: ClientPacket = { type: REQUEST, ciaddr: "192.0.2.10" };
const INFORMED: ClientPacket = { type: INFORM, ciaddr: "192.0.2.10" };

/** Outcomes of the packet, sent so many times at once, in order of their first. */
function outcomes(
  guard: ClientGuard,
  packet: ClientPacket,
  { times = 1, nowMs = 0 }: { readonly times?: number; readonly nowMs?: number } = {},
): string {
  const counts = new Map<string, number>();
  for (let i = 0; i < times; i++) {
    const { outcome } = protectedAnswer(packet, { guard, nowMs });
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
}

function guardOf(changes: Partial<ClientLimits> = {}): ClientGuard {
  return new ClientGuard(0, { ...CLIENT_LIMITS_DEFAULT, ...changes });
}

Deno.test("ClientGuard lets a bound client send 200 packets at once and 100 a second", () => {
  const guard = guardOf();
  assert.equal(outcomes(guard, {}, { times: 300 }), "200 offer, 100 rateLimited");
  assert.equal(outcomes(guard, {}, { times: 300, nowMs: 1000 }), "100 offer, 200 rateLimited");
  assert.equal(outcomes(guard, { mac: M2 }), "1 offer", "each client for itself");
});

Deno.test("ClientGuard lets a bound client ask by INFORM twice a second", () => {
  const guard = guardOf();
  assert.equal(outcomes(guard, INFORMED, { times: 10 }), "2 informAck, 8 rateLimited");
  assert.equal(outcomes(guard, INFORMED, { times: 10, nowMs: 1000 }), "2 informAck, 8 rateLimited");
  assert.equal(outcomes(guard, {}, { nowMs: 1000 }), "1 offer");
});

Deno.test("ClientGuard bounds answers to unknown clients and lines about them, all together", () => {
  const guard = guardOf({ unknownClients: { perSecond: 1, burst: 3 } });
  const lines = [1, 2, 3, 4].map((i) =>
    protectedAnswer({ mac: MX - i as MacAddress }, { guard, nowMs: 0 }).isWorthALine
  );
  assert.deepEqual(lines, [true, true, true, false]);
  const claim: ClientPacket = { type: REQUEST, mac: MX, ciaddr: "192.0.2.10" };
  assert.equal(outcomes(guard, { mac: MX }, { times: 5 }), "5 unknownMac", "still counted as such");
  assert.equal(outcomes(guard, claim, { times: 2 }), "2 rateLimited");
  assert.equal(outcomes(guard, claim, { times: 2, nowMs: 1000 }), "1 nak, 1 rateLimited");
  assert.equal(outcomes(guard, {}), "1 offer", "bound clients do not notice");
});

Deno.test("ClientGuard finds no packet over a limit worth a line, and one that is held off is", () => {
  const guard = guardOf({
    boundClient: { perSecond: 1, burst: 2 },
    unknownClients: { perSecond: 1, burst: 1 },
  });
  const claim: ClientPacket = { type: REQUEST, mac: MX, ciaddr: "192.0.2.10" };
  const told = [DECLINED, {}, {}, claim, claim].map((packet) => {
    const { outcome, isWorthALine } = protectedAnswer(packet, { guard, nowMs: 0 });
    return `${outcome} ${isWorthALine}`;
  });
  assert.deepEqual(told, [
    "declined true",
    "heldOff true",
    "rateLimited false",
    "nak true",
    "rateLimited false",
  ]);
});

Deno.test("ClientGuard has no limit on all packets unless it is given one", () => {
  const many = new Map(
    Array.from({ length: 500 }, (_, i) => [M1 + i as MacAddress, ip(`10.0.${i >> 8}.${i & 255}`)]),
  );
  const table = createLeaseTable(poolParameters(), many);
  const count = (guard: ClientGuard) =>
    [...many.keys()].filter((mac) =>
      protectedAnswer({ mac }, { guard, nowMs: 0 }, { table }).outcome === "offer"
    ).length;
  assert.equal(count(guardOf()), 500);
  assert.equal(count(guardOf({ all: { perSecond: 1, burst: 120 } })), 120);
});

Deno.test("ClientGuard takes nothing from the limit on all packets for one that it refuses anyway", () => {
  const guard = guardOf({
    boundClient: { perSecond: 1, burst: 1 },
    unknownClients: { perSecond: 1, burst: 1 },
    all: { perSecond: 1, burst: 3 },
  });
  assert.equal(outcomes(guard, {}, { times: 10 }), "1 offer, 9 rateLimited");
  outcomes(guard, { mac: MX }, { times: 10 });
  assert.equal(outcomes(guard, { mac: M2 }), "1 offer", "the last of three");
});

Deno.test("ClientGuard holds OFFERs back for ten seconds after a DECLINE, and nothing else", () => {
  const guard = guardOf();
  assert.equal(outcomes(guard, DECLINED, { nowMs: 1000 }), "1 declined");
  assert.equal(outcomes(guard, {}, { nowMs: 10_999 }), "1 heldOff");
  assert.equal(outcomes(guard, RENEWAL, { nowMs: 10_999 }), "1 ack");
  assert.equal(outcomes(guard, { mac: M2 }, { nowMs: 1001 }), "1 offer");
  assert.equal(outcomes(guard, {}, { nowMs: 11_000 }), "1 offer");
});

Deno.test("ClientGuard holds rapid commits back, too", () => {
  const guard = guardOf();
  const table = leaseTable(poolParameters({ rapidCommit: true }));
  const rapid: ClientPacket = { options: [[80, []]] };
  outcomes(guard, DECLINED);
  assert.equal(protectedAnswer(rapid, { guard, nowMs: 5 }, { table }).outcome, "heldOff");
});

Deno.test("ClientGuard does not hold back for a DECLINE of another client's address", () => {
  const guard = guardOf();
  assert.equal(outcomes(guard, { ...DECLINED, mac: M2 }), "1 declineIgnored");
  assert.equal(outcomes(guard, { ...DECLINED, mac: MX }), "1 declineIgnored");
  assert.equal(outcomes(guard, {}) + outcomes(guard, { mac: M2 }), "1 offer1 offer");
});

Deno.test("ClientGuard remembers bound clients only, and for as long as they are bound", () => {
  const guard = guardOf();
  for (let i = 0; i < 1000; i++) {
    outcomes(guard, { mac: mac("02:00:00:00:00:07") + i as MacAddress });
  }
  assert.equal(guard.size, 0);
  outcomes(guard, {});
  outcomes(guard, { mac: M2 });
  assert.equal(guard.size, 2);
  guard.retain(answerContext().table);
  assert.equal(guard.size, 2);
  guard.retain(createLeaseTable(poolParameters(), new Map([[M2, ip("192.0.2.11")]])));
  assert.equal(guard.size, 1);
});
