/** The server's address beside other agents of the pool. */

import assert from "node:assert/strict";
import {
  ip,
  leaseTable,
  M1,
  M2,
  poolParameters,
  SERVER_IP,
  SERVER_MAC,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import {
  claim,
  setUpServerAddress,
  use,
} from "../../tests/support/network/server_address_setup.ts";
import { answerArpFrame, encodeArpHandover, encodeArpProbe } from "../net/arp.ts";
import { BROADCAST_MAC, formatMacAddress, type MacAddress } from "../net/mac_address.ts";

/** What a replica says when it is asked, by this server or another one. */
function answerOf(macAddress: MacAddress, asker = SERVER_MAC): Uint8Array {
  const serverIp = ip(SERVER_IP);
  const probe = encodeArpProbe({ serverIp, macAddress: asker as MacAddress }, BROADCAST_MAC);
  return answerArpFrame(probe, { serverIp, macAddress })!;
}

const ANNOUNCEMENT = `request ${SERVER_IP}`;
const ASKS_ALL = "probe ff:ff:ff:ff:ff:ff";
const ASKS_M1 = `probe ${formatMacAddress(M1)}`;

Deno.test("ServerAddress announces the address when a replica falls silent", () => {
  const { address, sent, lost } = setUpServerAddress();
  address.update(leaseTable(), []);
  const steps = [
    [ANNOUNCEMENT, ASKS_ALL],
    [],
    [ASKS_M1],
    [ANNOUNCEMENT],
    [],
    [ANNOUNCEMENT],
    [],
  ];
  for (const [look, want] of steps.entries()) {
    address.watchReplicas();
    assert.deepEqual(sent(), want, `look ${look}`);
    if (look === 0) address.receiveArp(answerOf(M1), 0);
  }
  assert.deepEqual(lost, [M1]);
});

Deno.test("ServerAddress does not take the answers of a replica for claims", () => {
  const { address, count, claimants, intruders } = setUpServerAddress();
  address.update(leaseTable(), []);
  for (let look = 0; look < 100; look++) {
    address.watchReplicas();
    for (const mac of [M1, M2]) address.receiveArp(answerOf(mac), look * 500);
  }
  assert.equal(address.claim(50_000), undefined);
  assert.equal(count("server_address_claims"), 0);
  assert.deepEqual([claimants, intruders], [[], []]);
});

Deno.test("ServerAddress takes an answer to another host for a claim", () => {
  const { address, intruders } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.receiveArp(answerOf(M1, M2), 0);
  assert.deepEqual(intruders, [M1]);
});

Deno.test("ServerAddress asks a replica that has started at once", () => {
  const { address, sent } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.watchReplicas();
  sent();
  address.receiveArp(claim(M1), 0);
  assert.deepEqual(sent(), [ASKS_M1]);
  address.receiveArp(answerOf(M1), 0);
  address.receiveArp(claim(M1), 0);
  assert.deepEqual(sent(), [], "it is known");
});

Deno.test("ServerAddress takes a host for an intruder although it answers as replicas do", () => {
  const { address, intruders } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.receiveArp(answerOf(M2), 0);
  address.receiveArp(use(M2), 0);
  assert.deepEqual(intruders, [M2]);
});

Deno.test("ServerAddress hands the address over to the replica that was heard last", () => {
  const { address, sent } = setUpServerAddress();
  address.update(leaseTable(), []);
  address.watchReplicas();
  sent();
  address.handOver();
  assert.deepEqual(sent(), [], "there is none");
  for (const mac of [M1, M2]) address.receiveArp(answerOf(mac), 0);
  address.watchReplicas();
  address.receiveArp(answerOf(M2), 500);
  address.handOver();
  assert.deepEqual(sent(), [`for ${formatMacAddress(M2)}`]);
});

Deno.test("ServerAddress hands the address over to no replica that ends as well, until that answers again", () => {
  const { address, sent } = setUpServerAddress();
  const serverIp = ip(SERVER_IP);
  const handOver = () => {
    sent();
    address.handOver();
    return sent();
  };
  address.update(leaseTable(), []);
  for (const mac of [M1, M2]) address.receiveArp(answerOf(mac), 0);
  address.watchReplicas();
  address.receiveArp(answerOf(M2), 500);
  address.receiveArp(
    encodeArpHandover({ serverIp, macAddress: M2 }, SERVER_MAC as MacAddress),
    500,
  );
  assert.deepEqual(handOver(), [`for ${formatMacAddress(M1)}`]);
  address.receiveArp(encodeArpHandover({ serverIp, macAddress: M1 }, M2), 500);
  assert.deepEqual(handOver(), [], "both end");
  address.receiveArp(answerOf(M2), 1000);
  assert.deepEqual(handOver(), [`for ${formatMacAddress(M2)}`]);
});

const SILENT = [
  { when: "there is no table", table: undefined, own: [] },
  { when: "the pool is paused", table: leaseTable(poolParameters(), true), own: [] },
  { when: "the kernel owns the address", table: leaseTable(), own: [ip(SERVER_IP)] },
];

for (const { when, table, own } of SILENT) {
  Deno.test(`ServerAddress asks and announces nothing when ${when}`, () => {
    const { address, sent } = setUpServerAddress();
    address.update(leaseTable(), []);
    address.watchReplicas();
    address.receiveArp(answerOf(M1), 0);
    address.update(table, own);
    sent();
    for (let look = 0; look < 50; look++) address.watchReplicas();
    address.receiveArp(claim(M2), 0);
    address.handOver();
    assert.deepEqual(sent(), []);
  });
}
