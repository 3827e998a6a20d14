import assert from "node:assert/strict";
import { answerFrame } from "../answer.ts";
import type { LeaseTable } from "../lease.ts";
import type { PoolParameters } from "../pool.ts";
import { otherServerOf } from "./other_server.ts";
import { createLeaseTable } from "../lease.ts";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  M2,
  mac,
  OTHER_SERVER_IP,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { MacAddress } from "../../net/mac_address.ts";

const SERVER_MAC = mac("02:00:00:00:00:53");
const OURS = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));

/** A reply as a server on the segment broadcasts it. */
function replyOf(table: LeaseTable, packet: ClientPacket = {}): Uint8Array {
  const context = { table, macAddress: SERVER_MAC, mtuBytes: 1500 };
  const bytes = clientFrame({ flags: 0x8000, ...packet });
  return answerFrame({ bytes, packetType: 1, checksumReady: true }, context).replies[0]!;
}

/** This server has refused M1 with the `xid` 7. */
function isRefused(client: MacAddress, xid: number): boolean {
  return client === M1 && xid === 7;
}

function kindOf(bytes: Uint8Array, table: LeaseTable): string | undefined {
  return otherServerOf({ bytes, checksumReady: true }, table, isRefused)?.kind;
}

Deno.test("otherServerOf() tells the server of a reply by its option 54 and Ethernet address", () => {
  const frame = { bytes: replyOf(leaseTable()), checksumReady: true };
  const seen = otherServerOf(frame, OURS, isRefused);
  assert.deepEqual(seen, { kind: "other", mac: SERVER_MAC, serverIdentifier: ip(SERVER_IP) });
});

Deno.test("otherServerOf() takes a relay agent that hands on our reply in its own name for no server", () => {
  const relays = [ip(SERVER_IP)];
  const ours = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP), relays }));
  assert.equal(kindOf(replyOf(leaseTable()), ours), undefined);
});

Deno.test("otherServerOf() takes a host that says in our name what we say for a replica", () => {
  assert.equal(kindOf(replyOf(leaseTable()), leaseTable()), "replica");
  const nak = { type: REQUEST, ciaddr: "192.0.2.99" };
  assert.equal(kindOf(replyOf(leaseTable(), { ...nak, xid: 7 }), leaseTable()), "replica");
  assert.equal(kindOf(replyOf(leaseTable(), { ...nak, xid: 8 }), leaseTable()), "impostor");
  const other = { ...nak, mac: M2, xid: 7 };
  assert.equal(kindOf(replyOf(leaseTable(), other), leaseTable()), "impostor");
});

const LIES: readonly (readonly [string, Partial<PoolParameters>])[] = [
  ["another router", { router: ip("192.0.2.66") }],
  ["another name server", { dns: [ip("192.0.2.66")] }],
  ["another domain", { domainName: "example.net" }],
  ["other domains to search", { domainSearch: ["example.net"] }],
  ["a proxy", { options: [{ code: 252, value: [104] }] }],
  ["a route", { routes: [{ destination: parseCidr("0.0.0.0/1")!, gateway: ip("192.0.2.66") }] }],
];

for (const [name, changes] of LIES) {
  Deno.test(`otherServerOf() finds out a host that tells clients in our name of ${name}`, () => {
    assert.equal(kindOf(replyOf(leaseTable(poolParameters(changes))), leaseTable()), "impostor");
  });
}

Deno.test("otherServerOf() takes what other clients are told for the word of another pool of the network", () => {
  const theirs = createLeaseTable(poolParameters(), new Map([[M2, ip("192.0.2.66")]]));
  const ours = (networkShared: boolean) =>
    createLeaseTable(poolParameters({ networkShared }), new Map([[M1, ip("192.0.2.10")]]));
  for (const packet of [{ mac: M2 }, { mac: M2, type: REQUEST, ciaddr: "192.0.2.99" }]) {
    assert.equal(kindOf(replyOf(theirs, packet), ours(true)), "replica");
    assert.equal(kindOf(replyOf(theirs, packet), ours(false)), "impostor");
  }
  const lie = createLeaseTable(poolParameters(), new Map([[M1, ip("192.0.2.66")]]));
  assert.equal(kindOf(replyOf(lie), ours(true)), "impostor");
});

Deno.test("otherServerOf() finds out a host that tells of another boot file or server in our name", () => {
  const boot = { nextServer: ip("192.0.2.69"), files: [{ file: "ipxe.efi" }, { file: "b" }] };
  const ours = leaseTable(poolParameters({ boot }));
  const pxe = { options: [[60, [...new TextEncoder().encode("PXEClient")]]] } as const;
  const kind = (changes: Partial<typeof boot>, table = ours) =>
    kindOf(replyOf(leaseTable(poolParameters({ boot: { ...boot, ...changes } })), pxe), table);
  assert.equal(kind({}), "replica");
  assert.equal(kind({ files: [{ file: "b" }] }), "replica");
  assert.equal(kindOf(replyOf(leaseTable()), ours), "replica");
  assert.equal(kind({ files: [{ file: "evil.efi" }] }), "impostor");
  assert.equal(kind({ nextServer: ip("192.0.2.66") }), "impostor");
  assert.equal(kind({}, leaseTable()), "impostor");
});

Deno.test("otherServerOf() finds out a host that gives away an address in our name", () => {
  const other = createLeaseTable(poolParameters(), new Map([[M1, ip("192.0.2.66")]]));
  assert.equal(kindOf(replyOf(other), leaseTable()), "impostor");
});

Deno.test("otherServerOf() tells a server whose replies cannot be read, BOOTP included", () => {
  const damaged = replyOf(leaseTable());
  damaged[42 + 240] = 0xfe;
  damaged[42 + 241] = 0xff;
  damaged.fill(0, 40, 42);
  const seen = otherServerOf({ bytes: damaged, checksumReady: true }, OURS, isRefused);
  assert.deepEqual(seen, { kind: "other", mac: SERVER_MAC, serverIdentifier: ip(SERVER_IP) });
  assert.equal(kindOf(damaged, leaseTable()), "impostor");
  const bootp = replyOf(leaseTable());
  bootp.fill(0, 42 + 236);
  bootp.fill(0, 40, 42);
  assert.equal(kindOf(bootp, OURS), "other");
});

Deno.test("otherServerOf() finds nothing in a client's request, even to port 68", () => {
  const bytes = clientFrame({ ethernetSource: 0x020000000001 as MacAddress });
  assert.equal(otherServerOf({ bytes, checksumReady: true }, OURS, isRefused), undefined);
  bytes[37] = 68;
  assert.equal(otherServerOf({ bytes, checksumReady: false }, OURS, isRefused), undefined);
});

Deno.test("otherServerOf() finds nothing in a reply cut anywhere", () => {
  const whole = replyOf(leaseTable());
  for (let length = 0; length < whole.length; length++) {
    const bytes = whole.subarray(0, length);
    assert.equal(otherServerOf({ bytes, checksumReady: false }, OURS, isRefused), undefined);
  }
});
