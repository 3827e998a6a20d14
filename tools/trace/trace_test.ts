import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  MX,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { hexOf } from "../../tests/support/dhcp/dhcp_replies.ts";
import { answerContext } from "../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { trace } from "./trace.ts";
import { traceFrame } from "./trace_frame.ts";

const FOLDER = new URL("../../tests/testdata/packets/", import.meta.url).pathname;

/** Titles of the sections of a trace. */
function titlesOf(text: string): string[] {
  return text.split("\n").filter((line) => /^\S/.test(line));
}

Deno.test("trace() prints each stage of a captured packet", () => {
  const text = trace([`${FOLDER}networkd_discover.hex`]);
  assert.deepEqual(titlesOf(text), [
    "frame",
    "datagram",
    "message",
    "client",
    "decision",
    "outcome",
    "reply 1 of 1",
  ]);
  assert.match(text, /^ {2}0000 {2}ff ff ff ff ff ff 52 54/m);
  assert.match(text, /^ {2}option 53 DHCP message type: DISCOVER$/m);
  assert.match(text, /^ {2}52:54:00:12:34:56, bound to 192\.0\.2\.10, discover$/m);
  assert.match(text, /^ {2}offer 192\.0\.2\.10$/m);
  assert.match(text, /^ {2}192\.0\.2\.2:67 -> 192\.0\.2\.10:68, \d+ octets$/m);
});

Deno.test("trace() changes the pool by its options", () => {
  const text = trace([
    `${FOLDER}udhcpc_request_renewing.hex`,
    "--bind=52:54:00:12:34:56=192.0.2.77",
    "--router=192.0.2.254",
  ]);
  assert.match(text, /bound to 192\.0\.2\.77, renewing$/m);
  assert.match(text, /^ {2}nak: notBoundToClient$/m);
  assert.deepEqual(titlesOf(text).slice(-2), ["reply 1 of 2", "reply 2 of 2"]);
});

Deno.test("trace() says which boot file of a manifest is for a client, and why", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const file = `${folder}/u-boot.hex`;
    const options = [[60, [...new TextEncoder().encode("U-Boot.armv7")]]] as const;
    Deno.writeTextFileSync(file, hexOf(clientFrame({ options })));
    const text = trace([
      file,
      `--ippool=${new URL("../../examples/boot-u-boot.yaml", import.meta.url).pathname}`,
      "--bind=52:54:00:12:34:56=192.168.53.100",
    ]);
    assert.match(text, /^ {2}protocol none, vendor class "U-Boot\.armv7", architectures none$/m);
    assert.match(text, /^ {2}files\[0\] arm64\/boot\.scr\.uimg: vendorClass$/m);
    assert.match(text, /^ {2}files\[1\] arm32\/boot\.scr\.uimg: CHOSEN$/m);
    assert.match(text, /^ {2}told to load arm32\/boot\.scr\.uimg$/m);
    assert.throws(() => trace([file, `--ippool=${file}`]), /Cannot use .*u-boot\.hex/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("traceFrame() names options that the reply has no room for", () => {
  const routes = Array.from({ length: 64 }, (_, i) => (
    { destination: parseCidr(`10.0.${i}.0/24`)!, gateway: ip("192.0.2.9") }
  ));
  const table = leaseTable(poolParameters({ routes }));
  const text = traceFrame(clientFrame({ options: [[55, [121]]] }), answerContext({ table }));
  assert.match(text, /^left out, as the reply has no room\n {2}option 121, 517 octets$/m);
});

Deno.test("traceFrame() stops at the stage that refuses the packet", () => {
  const cases: readonly (readonly [string, Uint8Array, readonly string[], string])[] = [
    ["a short frame", new Uint8Array(9), ["frame", "outcome"], "frameTooShort"],
    ["no message", clientFrame({}, new Uint8Array(9)), [
      "frame",
      "datagram",
      "message",
      "outcome",
    ], "messageTooShort"],
    ["an unknown client", clientFrame({ mac: MX }), [
      "frame",
      "datagram",
      "message",
      "client",
      "decision",
      "outcome",
    ], "unknownMac"],
  ];
  for (const [name, bytes, titles, outcome] of cases) {
    const text = traceFrame(bytes, answerContext());
    assert.deepEqual(titlesOf(text), titles, name);
    assert.ok(text.endsWith(`outcome\n  ${outcome}`), name);
  }
});

Deno.test("traceFrame() prints the reason for a decision", () => {
  const packet: ClientPacket = {
    type: REQUEST,
    options: [[54, octets(SERVER_IP)], [50, octets("192.0.2.11")]],
  };
  const text = traceFrame(clientFrame(packet), answerContext());
  assert.match(text, /^ {2}nak: notBoundToClient$/m);
  assert.match(text, /message: "requested address is not bound to this client"$/m);
});

Deno.test("trace() names the argument that is wrong", () => {
  assert.throws(() => trace([]), /^TypeError: usage: \.\/dev trace FILE\.hex\|FILE\.pcap/);
  const file = `${FOLDER}networkd_discover.hex`;
  assert.throws(() => trace([file, "--cidr=1"]), /Cannot use --cidr 1/);
  assert.throws(() => trace([file, "--server=1"]), /Cannot use "1" as an IPv4 address/);
});
