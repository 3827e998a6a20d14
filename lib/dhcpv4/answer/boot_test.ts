import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ClientPacket,
  ip,
  poolParameters,
  SERVER_IP,
  type WireOption,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { messageOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { bootReplyOf } from "./boot.ts";
import type { BootParameters } from "../pool.ts";
import type { DhcpOption, OptionValue } from "../options/value_kind.ts";

const BOOT: BootParameters = {
  nextServer: ip("192.0.2.80"),
  files: [
    { architectures: [0], file: "undionly.kpxe" },
    { architectures: [7, 9], file: "ipxe.efi" },
    { architectures: [16], file: "http://192.0.2.80/ipxe.efi" },
    { file: "default.efi" },
  ],
};

function client(vendorClass: string, ...architectures: number[]): ClientPacket {
  const option60: WireOption = [60, [...new TextEncoder().encode(vendorClass)]];
  if (architectures.length === 0) return { options: [option60] };
  return {
    options: [option60, [93, architectures.flatMap((number) => [number >> 8, number & 255])]],
  };
}

/** `siaddr file code=text ...` */
function summary(
  packet: ClientPacket,
  boot: BootParameters | undefined = BOOT,
): string | undefined {
  const parameters = poolParameters(boot === undefined ? {} : { boot });
  const reply = bootReplyOf(messageOf(packet), parameters);
  if (reply === undefined) return undefined;
  const text = (value: OptionValue) => String.fromCharCode(...value);
  const options = reply.options.map(({ code, value }) => `${code}=${text(value)}`);
  return [formatIpv4Address(reply.siaddr), text(reply.file) || "-", ...options].join(" ");
}

Deno.test("bootReplyOf() gives a PXE client server and file of its architecture, no option 60", () => {
  const bios = "192.0.2.80 undionly.kpxe 66=192.0.2.80 67=undionly.kpxe";
  const uefi = "192.0.2.80 ipxe.efi 66=192.0.2.80 67=ipxe.efi";
  const others = "192.0.2.80 default.efi 66=192.0.2.80 67=default.efi";
  assert.equal(summary(client("PXEClient:Arch:00000:UNDI:002001", 0)), bios);
  assert.equal(summary(client("PXEClient:Arch:00007:UNDI:003016", 7)), uefi);
  assert.equal(summary(client("PXEClient", 9)), uefi);
  assert.equal(summary(client("PXEClient", 11)), others);
  assert.equal(summary(client("PXEClient", 11, 9, 0)), uefi, "the first that an entry names");
  assert.equal(summary(client("PXEClient")), others, "no architecture");
  const odd: ClientPacket = { options: [...client("PXEClient").options!, [93, [0, 7, 0]]] };
  assert.equal(summary(odd), uefi, "an odd octet");
});

Deno.test("bootReplyOf() gives an HTTP client a URL and the class that it waits for", () => {
  const url = "http://192.0.2.80/ipxe.efi";
  assert.equal(
    summary(client("HTTPClient:Arch:00016", 16)),
    `192.0.2.80 - 60=HTTPClient 67=${url}`,
  );
  assert.equal(summary(client("HTTPClient:Arch:00019", 19)), undefined, "only files by TFTP");
  const boot = { files: [{ file: "https://boot.example.com/a.efi" }] };
  const want = `${SERVER_IP} - 60=HTTPClient 67=https://boot.example.com/a.efi`;
  assert.equal(summary(client("HTTPClient", 19), boot), want);
  const inCapitals = { files: [{ file: "HTTP://192.0.2.80/A.EFI" }] };
  assert.match(summary(client("HTTPClient", 16), inCapitals)!, /67=HTTP:\/\/192.0.2.80\/A.EFI$/);
});

Deno.test("bootReplyOf() names this server when there is no other", () => {
  const boot = { files: [{ file: "a" }] };
  assert.equal(summary(client("PXEClient", 7), boot), `${SERVER_IP} a 66=${SERVER_IP} 67=a`);
});

Deno.test("bootReplyOf() leaves the field free of a name that is too long for it", () => {
  const summaryOf = (length: number) =>
    summary(client("PXEClient", 7), { files: [{ file: "x".repeat(length) }] })!.split(" ")[1];
  assert.equal(summaryOf(127), "x".repeat(127));
  assert.equal(summaryOf(128), "-");
});

Deno.test("bootReplyOf() tells the address of the server by option 150 where that is asked for", () => {
  const boot: BootParameters = { files: [{ vendorClass: "Cisco", file: "a" }] };
  const asks = (...codes: number[]): ClientPacket => ({
    options: [...client("ciscopnp").options!, [55, codes]],
  });
  const codesOf = (packet: ClientPacket, options: readonly DhcpOption[] = []) =>
    bootReplyOf(messageOf(packet), poolParameters({ boot, options }))?.options.map(({ code }) =>
      code
    );
  assert.deepEqual(codesOf(asks(66, 67, 150)), [66, 67, 150]);
  assert.deepEqual(codesOf(asks(67)), [66, 67]);
  assert.deepEqual(codesOf(client("cisco")), [66, 67, 150], "without a list");
  const own: DhcpOption = { code: 150, value: [192, 0, 2, 1, 192, 0, 2, 3] };
  assert.deepEqual(codesOf(asks(66, 67, 150), [own]), [66, 67], "the pool has its own");
});

Deno.test("bootReplyOf() bears whatever clients say of themselves", () => {
  const code = fc.constantFrom(60, 77, 93, 175, 55);
  const octets = fc.array(fc.nat(255), { maxLength: 255 });
  const options = fc.uniqueArray(fc.tuple(code, octets), { selector: ([of]) => of });
  const boot: BootParameters = {
    files: [
      { ipxe: true, ipxeFeatures: [19], file: "1" },
      { userClass: "a", vendorClass: "b", architectures: [0], requestedOptions: [1], file: "2" },
      { ipxe: false, file: "3.efi" },
    ],
  };
  fc.assert(fc.property(options, (list) => {
    const reply = bootReplyOf(messageOf({ options: list }), poolParameters({ boot }));
    assert.ok(reply === undefined || reply.options.length >= 2);
  }));
});

Deno.test("bootReplyOf() has nothing for other clients, other architectures and other pools", () => {
  assert.equal(summary({}), undefined);
  assert.equal(summary(client("MSFT 5.0")), undefined);
  assert.equal(summary(client("PXE")), undefined);
  assert.equal(summary(client("PXEClient", 11), { files: [{ file: "undionly.kpxe" }] }), undefined);
  assert.equal(summary(client("PXEClient", 7), { files: [] }), undefined);
  assert.equal(summary(client("PXEClient", 7), { files: [{ file: "" }] }), undefined);
  assert.equal(bootReplyOf(messageOf(client("PXEClient", 7)), poolParameters()), undefined);
});
