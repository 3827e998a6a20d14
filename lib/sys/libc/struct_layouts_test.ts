import assert from "node:assert/strict";
import {
  addressOf,
  allocate,
  decodeTimespecMs,
  encodeAnyAddress,
  encodeInt,
  encodeInterfaceRequest,
  encodeLinkAddress,
  encodeNetlinkAddress,
  EPOLL_EVENT,
  IFADDRMSG,
  IFREQ,
  IOVEC,
  MMSGHDR,
  NLMSGHDR,
  RLIMIT,
  RTATTR,
  SOCK_FILTER,
  SOCK_FPROG,
  SOCKADDR_IN,
  SOCKADDR_LL,
  SOCKADDR_NL,
  TIMESPEC,
  TPACKET2_HDR,
  TPACKET_REQ,
  TPACKET_STATS,
} from "./struct_layouts.ts";

/** What a C compiler says of the headers of glibc 2.36 and Linux 6.1, the same on x86-64 and arm64. */
const SIZES:
  readonly (readonly [name: string, layout: { readonly bytes: number }, sizeof: number])[] = [
    ["struct sockaddr_ll", SOCKADDR_LL, 20],
    ["struct sockaddr_in", SOCKADDR_IN, 16],
    ["struct epoll_event", EPOLL_EVENT, Deno.build.arch === "x86_64" ? 12 : 16],
    ["struct rlimit", RLIMIT, 16],
    ["struct sockaddr_nl", SOCKADDR_NL, 12],
    ["struct nlmsghdr", NLMSGHDR, 16],
    ["struct ifaddrmsg", IFADDRMSG, 8],
    ["struct rtattr", RTATTR, 4],
    ["struct ifreq", IFREQ, 40],
    ["struct iovec", IOVEC, 16],
    ["struct mmsghdr", MMSGHDR, 64],
    ["struct timespec", TIMESPEC, 16],
    ["struct tpacket_req", TPACKET_REQ, 16],
    ["struct tpacket2_hdr", TPACKET2_HDR, 32],
    ["struct sock_filter", SOCK_FILTER, 8],
    ["struct sock_fprog", SOCK_FPROG, 16],
    ["struct tpacket_stats", TPACKET_STATS, 8],
  ];

for (const [name, layout, sizeof] of SIZES) {
  Deno.test(`${name} has ${sizeof} octets, and its fields lie inside`, () => {
    assert.equal(layout.bytes, sizeof);
    for (const offset of Object.values(layout)) assert.ok(offset <= sizeof);
  });
}

Deno.test("encodeLinkAddress() has the index in host order and the protocol in network order", () => {
  assert.equal(
    encodeLinkAddress(0x01020304, 3).toHex(),
    "1100" + "0003" + "04030201" + "00".repeat(12),
  );
});

Deno.test("encodeAnyAddress() has the port in network order and no address", () => {
  assert.equal(encodeAnyAddress(67).toHex(), "0200" + "0043" + "00".repeat(12));
});

Deno.test("encodeNetlinkAddress() has the groups behind the number of the process", () => {
  assert.equal(encodeNetlinkAddress(0x11).toHex(), "1000" + "0000" + "00000000" + "11000000");
});

Deno.test("encodeInterfaceRequest() has the name and zeros behind it", () => {
  const { memory } = encodeInterfaceRequest("eth1");
  assert.equal(memory.toHex(), "65746831" + "00".repeat(36));
});

Deno.test("encodeInt() keeps the sign", () => {
  assert.equal(encodeInt(-2).toHex(), "feffffff");
});

Deno.test("addressOf() gives one address for memory that is filled and used again", () => {
  const { memory } = allocate(64);
  const before = addressOf(memory);
  memory.fill(1);
  assert.equal(addressOf(memory), before);
  assert.equal(addressOf(memory.subarray(8)), before + 8n);
});

Deno.test("decodeTimespecMs() reads seconds and nanoseconds", () => {
  const timespec = new BigInt64Array([12n, 345_600_000n]);
  assert.equal(decodeTimespecMs(new DataView(timespec.buffer)), 12_345.6);
});
