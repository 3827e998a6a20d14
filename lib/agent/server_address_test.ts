import assert from "node:assert/strict";
import {
  ip,
  leaseTable,
  M1,
  M2,
  OTHER_SERVER_IP,
  poolParameters,
  SERVER_IP,
  SERVER_MAC,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import {
  claim,
  setUpServerAddress,
  use,
} from "../../tests/support/network/server_address_setup.ts";
import { encodeArpFrame } from "../net/arp.ts";
import { BROADCAST_MAC, formatMacAddress, type MacAddress } from "../net/mac_address.ts";

const CLAIM_MS = 300_000;
const OTHER_TABLE = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));

/** A client asks for the server's hardware address. */
function arpRequest(): Uint8Array {
  return encodeArpFrame({
    operation: "request",
    senderMac: M1,
    senderIp: ip("192.0.2.10"),
    targetMac: 0 as MacAddress,
    targetIp: ip(SERVER_IP),
  }, BROADCAST_MAC);
}

/** An echo request of 192.0.2.10. */
function echoRequest(): Uint8Array {
  return Uint8Array.fromHex(
    "020000000002" + "525400123456" + "0800" + "45000020000000004001f6d0" +
      "c000020a" + "c0000202" + "080006fa" + "12340001" + "70696e67",
  );
}

Deno.test("ServerAddress announces the address once, and again after each silence", () => {
  const { address, sent } = setUpServerAddress();
  const own = [ip(SERVER_IP)];
  const steps = [
    { what: "no table", table: undefined, own: [], want: [] },
    { what: "a table", table: leaseTable(), own: [], want: [`request ${SERVER_IP}`] },
    { what: "the next version of it", table: leaseTable(), own: [], want: [] },
    { what: "another address", table: OTHER_TABLE, own: [], want: [`request ${OTHER_SERVER_IP}`] },
    { what: "a pause", table: leaseTable(poolParameters(), true), own: [], want: [] },
    { what: "the end of the pause", table: leaseTable(), own: [], want: [`request ${SERVER_IP}`] },
    { what: "the kernel takes it", table: leaseTable(), own, want: [] },
    {
      what: "the kernel gives it up",
      table: leaseTable(),
      own: [],
      want: [`request ${SERVER_IP}`],
    },
  ];
  for (const { what, table, own, want } of steps) {
    address.update(table, own);
    assert.deepEqual(sent(), want, what);
  }
});

Deno.test("ServerAddress answers ARP and ping for the address, and counts both", () => {
  const { address, sent, count } = setUpServerAddress();
  address.update(leaseTable(), []);
  sent();
  address.receiveArp(arpRequest(), 0);
  address.receiveIcmp(echoRequest());
  assert.deepEqual(sent(), [`reply ${SERVER_IP}`, "ICMP"]);
  assert.equal(count("packets", { type: "ARP", outcome: "reply" }), 1);
  assert.equal(count("packets", { type: "ICMP", outcome: "reply" }), 1);
});

Deno.test("ServerAddress answers where the kernel owns other addresses only", () => {
  const { address, sent } = setUpServerAddress();
  address.update(leaseTable(), [ip(OTHER_SERVER_IP)]);
  address.receiveArp(arpRequest(), 0);
  address.receiveIcmp(echoRequest());
  assert.deepEqual(sent(), [`request ${SERVER_IP}`, `reply ${SERVER_IP}`, "ICMP"]);
});

const SILENT = [
  { when: "there is no table", table: undefined, own: [] },
  { when: "the pool is paused", table: leaseTable(poolParameters(), true), own: [] },
  { when: "the kernel owns the address", table: leaseTable(), own: [ip(SERVER_IP)] },
  { when: "the address is another one", table: OTHER_TABLE, own: [] },
];

for (const { when, table, own } of SILENT) {
  Deno.test(`ServerAddress ignores ARP and ping when ${when}`, () => {
    const { address, sent, count } = setUpServerAddress();
    address.update(table, own);
    sent();
    address.receiveArp(arpRequest(), 0);
    address.receiveIcmp(echoRequest());
    assert.deepEqual(sent(), []);
    assert.equal(count("packets", { type: "ARP", outcome: "ignored" }), 1);
    assert.equal(count("packets", { type: "ICMP", outcome: "ignored" }), 1);
  });
}

Deno.test("ServerAddress answers each ping, so that no host uses up the answers to others", () => {
  const { address, sent } = setUpServerAddress();
  address.update(leaseTable(), []);
  sent();
  for (let i = 0; i < 1000; i++) address.receiveIcmp(echoRequest());
  assert.equal(sent().length, 1000);
});

Deno.test("ServerAddress reports another host that uses the address for five minutes", () => {
  const { address, sent, count } = setUpServerAddress();
  address.update(leaseTable(), []);
  sent();
  assert.equal(address.claim(0), undefined);
  address.receiveArp(claim(M1), 1000);
  assert.deepEqual(address.claim(1000), { address: ip(SERVER_IP), mac: M1 });
  assert.equal(address.claim(1000 + CLAIM_MS - 1)?.mac, M1);
  assert.equal(address.claim(1000 + CLAIM_MS), undefined);
  assert.deepEqual(
    sent(),
    [`probe ${formatMacAddress(M1)}`],
    "the address is not defended, but that host may be a replica",
  );
  assert.equal(count("server_address_claims"), 1);
});

Deno.test("ServerAddress names the first of several claimants until it is silent, then another", () => {
  const { address, count, claimants } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.receiveArp(claim(M1), 0);
  address.receiveArp(claim(M2), CLAIM_MS - 2);
  address.receiveArp(claim(M1), CLAIM_MS - 1);
  address.receiveArp(claim(M2), CLAIM_MS);
  assert.equal(address.claim(2 * CLAIM_MS - 2)?.mac, M1);
  assert.equal(address.claim(2 * CLAIM_MS - 1)?.mac, M2);
  assert.equal(address.claim(2 * CLAIM_MS), undefined);
  address.receiveArp(claim(M2), 2 * CLAIM_MS);
  assert.equal(address.claim(2 * CLAIM_MS)?.mac, M2);
  assert.equal(count("server_address_claims"), 5);
  assert.deepEqual(claimants, [M2, M2], "these are for the log");
});

Deno.test("ServerAddress takes no claim from itself, from a client or of another address", () => {
  const { address, count } = setUpServerAddress();
  address.update(leaseTable(), []);
  for (const frame of [claim(SERVER_MAC), arpRequest(), claim(M1, OTHER_SERVER_IP)]) {
    address.receiveArp(frame, 0);
  }
  assert.equal(address.claim(0), undefined);
  assert.equal(count("server_address_claims"), 0);
});

Deno.test("ServerAddress notices a claim while the kernel owns the address", () => {
  const { address } = setUpServerAddress();
  address.update(leaseTable(), [ip(SERVER_IP)]);
  address.receiveArp(claim(M1), 0);
  assert.equal(address.claim(0)?.mac, M1);
});

for (const { when, table } of SILENT.filter(({ own }) => own.length === 0)) {
  Deno.test(`ServerAddress forgets a claim when ${when}`, () => {
    const { address } = setUpServerAddress();
    address.update(leaseTable(), []);
    address.receiveArp(claim(M1), 0);
    address.update(table, []);
    address.update(leaseTable(), []);
    assert.equal(address.claim(0), undefined);
  });
}

Deno.test("ServerAddress takes no replica for an intruder, which announces the address now and then", () => {
  const { address, intruders, count } = setUpServerAddress();
  address.update(leaseTable(), []);
  for (let start = 0; start < 60; start++) address.receiveArp(claim(M1), start * 10_000);
  assert.deepEqual(intruders, []);
  assert.equal(count("server_address_claims"), 60);
});

Deno.test("ServerAddress takes a host for an intruder that uses the address", () => {
  const { address, intruders } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.receiveArp(claim(M1), 0);
  address.receiveArp(use(M2), 0);
  assert.deepEqual(intruders, [M2]);
});

Deno.test("ServerAddress takes a host for an intruder that announces the address all the time", () => {
  const { address, intruders } = setUpServerAddress();
  address.update(leaseTable(), []);
  for (let second = 0; second < 60; second++) address.receiveArp(claim(M1), second * 1000);
  assert.ok(intruders.length > 30, `${intruders.length} of 60`);
});
