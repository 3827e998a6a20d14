import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ClientPacket,
  clientPayload,
  octets,
  type WireOption,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { readHexPacket } from "../../../tests/support/dhcp/hex_packets.ts";
import { describePayload } from "./describe.ts";

function linesOf(packet: ClientPacket): string[] {
  return describePayload(clientPayload(packet)).split("\n");
}

Deno.test("describePayload() names fields and options as the RFCs do", () => {
  const { bytes } = readHexPacket("dhclient_discover_debian");
  assert.equal(
    describePayload(bytes.subarray(42)).split("\n").slice(0, 5).join("\n").replace(
      /xid 0x[0-9a-f]{8}, secs \d+/,
      "xid 0x?, secs ?",
    ),
    [
      "op 1 (BOOTREQUEST), htype 1, hlen 6, hops 0",
      "xid 0x?, secs ?, flags 0x0000",
      "ciaddr 0.0.0.0, yiaddr 0.0.0.0, siaddr 0.0.0.0, giaddr 0.0.0.0",
      "chaddr 52:54:00:12:34:56",
      "option 53 DHCP message type: DISCOVER",
    ].join("\n"),
  );
});

Deno.test("describePayload() writes values in the form of their options", () => {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const cases: readonly (readonly [WireOption, string])[] = [
    [[50, octets("192.0.2.10")], "50 requested IP address: 192.0.2.10"],
    [
      [6, [...octets("192.0.2.53"), ...octets("192.0.2.54")]],
      "6 domain name server: 192.0.2.53, 192.0.2.54",
    ],
    [[51, [0, 0, 1, 44]], "51 IP address lease time: 300 s"],
    [[51, [255, 255, 255, 255]], "51 IP address lease time: for ever"],
    [[57, [5, 192]], "57 maximum DHCP message size: 1472"],
    [[93, [0, 7, 0, 9]], "93 client system architecture: 7, 9"],
    [[12, text("vm-1")], '12 host name: "vm-1"'],
    [[12, text('a"b')], '12 host name: "a\\"b"'],
    [[12, text("a\nb")], "12 host name: 610a62"],
    [[12, []], "12 host name: empty"],
    [[55, [1, 3, 200]], "55 parameter request list: 1 subnet mask, 3 router, 200"],
    [[61, [1, 2, 3]], "61 client identifier: 010203"],
    [[82, [1, 2, 10, 11, 19, 0]], "82 relay agent information: 1=0a0b, 19=empty"],
    [[82, [1, 9, 1]], "82 relay agent information: 010901"],
    [[119, [1, 97, 0, 1, 98, 0xc0, 0]], "119 domain search: a, b.a"],
    [[119, [0]], "119 domain search: ."],
    [
      [121, [8, 10, 192, 0, 2, 9, 0, 192, 0, 2, 1]],
      "121 classless static route: 10.0.0.0/8 via 192.0.2.9, 0.0.0.0/0 via 192.0.2.1",
    ],
    [[121, [33, 1, 2, 3]], "121 classless static route: 21010203"],
    [
      [33, [...octets("10.0.0.0"), ...octets("192.0.2.9")]],
      "33 static route: 10.0.0.0 via 192.0.2.9",
    ],
    [[3, [1, 2, 3]], "3 router: 010203"],
    [[80, []], "80 rapid commit: empty"],
    [[224, [1]], "224: 01"],
  ];
  for (const [option, want] of cases) {
    assert.equal(linesOf({ options: [option] }).at(-1), `option ${want}`);
  }
});

Deno.test("describePayload() shows broadcast flag, sname and file where they say something", () => {
  const name = [...new TextEncoder().encode("ipxe.efi")];
  const lines = linesOf({ flags: 0x8000, file: name, sname: [1, 2] });
  assert.match(lines[1]!, /flags 0x8000 \(broadcast\)$/);
  assert.deepEqual(lines.slice(4, 6), ["sname 0102", 'file "ipxe.efi"']);
  const inFile = linesOf({ options: [[52, [1]]], file: [12, 1, 97, 255] });
  assert.deepEqual(inFile.slice(4), [
    "option 53 DHCP message type: DISCOVER",
    "option 52 option overload: 1",
    'option 12 host name: "a"',
  ]);
  assert.equal(linesOf({ op: 9 })[0], "op 9, htype 1, hlen 6, hops 0");
});

Deno.test("describePayload() says why a payload is no message", () => {
  assert.equal(describePayload(new Uint8Array(3)), "no DHCP message (messageTooShort), 3 octets");
});

Deno.test("describePayload() prints nothing but printable characters, whatever the payload", () => {
  const anyOption = fc.tuple(fc.nat(255), fc.array(fc.nat(255), { maxLength: 60 }));
  fc.assert(
    fc.property(fc.array(anyOption, { maxLength: 6 }), (options) => {
      assert.match(describePayload(clientPayload({ options, padToBytes: 0 })), /^[ -~\n]+$/);
    }),
    { numRuns: 2000 },
  );
});
