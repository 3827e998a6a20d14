/** Options that a pool may configure, and clients that may have them. */

import assert from "node:assert/strict";
import type { BootParameters } from "../../lib/dhcpv4/pool.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import {
  ip,
  leaseTable,
  M1,
  octets,
  poolParameters,
  SERVER_IP,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { optionOf, type Reply } from "../support/dhcp/dhcp_replies.ts";
import { replyTo } from "../support/dhcp/dhcp_requests.ts";
import { asksFor, assertReply, codesOf, discover, type Pool, text } from "./network.ts";

const NEXT_SERVER = "192.0.2.80";
const BOOT: BootParameters = {
  nextServer: ip(NEXT_SERVER),
  files: [
    { architectures: [7], file: "ipxe.efi" },
    { architectures: [16], file: "http://192.0.2.80/ipxe.efi" },
  ],
};
const DEFAULT_ROUTE = [0, ...octets("192.0.2.1")];

function offer(options: readonly WireOption[], pool: Pool = {}): Reply {
  return assertReply(discover(options), "OFFER", pool);
}

function textOf(reply: Reply, code: number): string {
  return String.fromCharCode(...optionOf(reply, code) ?? []);
}

Deno.test("IPv6-only preferred goes to clients that ask, of pools that configure it", () => {
  const configured: Pool = { ipv6OnlyWait: 1800 };
  assert.equal(optionOf(offer([asksFor(108)]), 108), undefined);
  assert.equal(optionOf(offer([], configured), 108), undefined);
  assert.equal(optionOf(offer([asksFor(3)], configured), 108), undefined);
  const reply = offer([asksFor(108)], configured);
  assert.deepEqual(optionOf(reply, 108), [0, 0, 7, 8]);
  assert.equal(reply.yiaddr, "192.0.2.10", "the address stays the client's if it wants it");
});

Deno.test("classless routes contain the default route; code 249 is for those that ask for it", () => {
  const pool: Pool = {
    routes: [{ destination: parseCidr("10.0.0.0/8")!, gateway: ip("192.0.2.9") }],
  };
  const value = [8, 10, ...octets("192.0.2.9"), ...DEFAULT_ROUTE];
  assert.deepEqual(optionOf(offer([asksFor(121)], pool), 121), value);
  assert.equal(optionOf(offer([asksFor(121)], pool), 249), undefined);
  assert.equal(optionOf(offer([], pool), 249), undefined);
  assert.deepEqual(optionOf(offer([asksFor(249)], pool), 249), value);
});

Deno.test("a pool without router sends no option 3", () => {
  const { router: _router, ...parameters } = poolParameters();
  for (const options of [[], [asksFor(1, 3)]]) {
    const reply = replyTo(discover(options), { table: leaseTable(parameters) });
    assert.equal(optionOf(reply, 3), undefined);
  }
});

Deno.test("a PXE client gets next server and file, and no option 60", () => {
  const client = [text(60, "PXEClient:Arch:00007:UNDI:003016"), [93, [0, 7]]] as const;
  const reply = offer([...client, asksFor(1, 3, 66, 67)], { boot: BOOT });
  assert.equal(reply.siaddr, NEXT_SERVER);
  assert.equal(reply.file, "ipxe.efi");
  assert.equal(textOf(reply, 66), NEXT_SERVER);
  assert.equal(textOf(reply, 67), "ipxe.efi");
  assert.equal(optionOf(reply, 60), undefined);
  const unconfigured = offer([...client, asksFor(1, 3, 66, 67)]);
  assert.deepEqual(codesOf(unconfigured).filter((code) => [60, 66, 67].includes(code)), []);
  assert.deepEqual([unconfigured.siaddr, unconfigured.file], [SERVER_IP, ""]);
});

Deno.test("a UEFI HTTP client gets its class back and a URL", () => {
  const reply = offer([text(60, "HTTPClient:Arch:00016:UNDI:003001"), [93, [0, 16]]], {
    boot: BOOT,
  });
  assert.equal(textOf(reply, 60), "HTTPClient");
  assert.equal(textOf(reply, 67), "http://192.0.2.80/ipxe.efi");
  assert.equal(reply.siaddr, NEXT_SERVER);
});

Deno.test("a client that does not boot from the network sees nothing of it", () => {
  const reply = offer([text(60, "udhcp 1.35.0"), asksFor(60, 66, 67)], { boot: BOOT });
  assert.deepEqual([reply.siaddr, reply.file], [SERVER_IP, ""]);
  assert.deepEqual(codesOf(reply).filter((code) => [60, 66, 67].includes(code)), []);
});

Deno.test("MTU, host name and options of the pool's own go to clients that ask for them", () => {
  const pool: Pool = {
    mtu: 1450,
    hostNames: new Map([[M1, "vm-1"]]),
    captivePortal: "https://portal.example.com/api",
    options: [{ code: 252, value: new TextEncoder().encode("http://wpad.example.com/") }],
  };
  const reply = offer([asksFor(26, 12, 114, 252)], pool);
  assert.deepEqual(codesOf(reply).slice(6), [26, 12, 114, 252, 3, 6, 15, 28]);
  assert.deepEqual(optionOf(reply, 26), [1450 >> 8, 1450 & 255]);
  assert.equal(textOf(reply, 12), "vm-1");
  assert.equal(textOf(reply, 114), "https://portal.example.com/api");
  assert.equal(textOf(reply, 252), "http://wpad.example.com/");
  assert.deepEqual(codesOf(offer([asksFor(3)], pool)).slice(6), [3, 6, 15, 28]);
});
