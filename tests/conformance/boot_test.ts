/**
 * Boot clients as they are on the wire, and the pools in `examples/` that are for them. The options
 * are those that the named programs send, in their order.
 */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import type { LeaseTable } from "../../lib/dhcpv4/lease.ts";
import { leaseTableOf } from "../../lib/reconcile/lease_table.ts";
import { clientFrame, clientPayload, DISCOVER, REQUEST } from "../support/dhcp/dhcp_packets.ts";
import { optionOf, readReply, type Reply } from "../support/dhcp/dhcp_replies.ts";
import { answerBytes } from "../support/dhcp/dhcp_requests.ts";

const UUID = "6111" + "00" + "00112233445566778899aabbccddeeff";

/** iPXE's own options: version and bus, DNS, ELF, HTTP, iSCSI, menu, multiboot, PXE, TFTP, bzImage. */
const IPXE_OPTIONS = "b105011af41000" + "eb03010000" + "170101" + "220101" + "130101" + "110101" +
  "270101" + "190101" + "100102" + "210101" + "150101" + "180101";
const IPXE_LIST = "371701030607" + "0c0f111a2b3c4243" + "778081828384858687" + "afcb";

function ascii(text: string): string {
  return Array.from(new TextEncoder().encode(text), hex).join("");
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

function option(code: number, content: string): string {
  return hex(code) + hex(content.length / 2) + content;
}

function ipxe(vendorClass: string, architecture: string, ipxeOptions = IPXE_OPTIONS): string {
  return "390205c0" + option(93, architecture) + "5e03010201" + option(60, ascii(vendorClass)) +
    option(77, ascii("iPXE")) + IPXE_LIST + option(175, ipxeOptions) + UUID;
}

/** Where PXE has 66, HTTP has whatever was in its memory; this is from a machine. */
const EDK2_LISTS = { PXEClient: "4243618081828384858687", HTTPClient: "004361" } as const;

function edk2(kind: keyof typeof EDK2_LISTS, architecture: string): string {
  const list = "0102030405060c0d0f111216171c28292a2b3233363a3b3c" + EDK2_LISTS[kind];
  const number = String(Number.parseInt(architecture, 16)).padStart(5, "0");
  return "390205c0" + option(55, list) + UUID + "5e03010300" + option(93, architecture) +
    option(60, ascii(`${kind}:Arch:${number}:UNDI:003000`));
}

const CLIENTS = {
  "iPXE on a BIOS": ipxe("PXEClient:Arch:00000:UNDI:002001", "0000"),
  "iPXE on UEFI x64": ipxe("PXEClient:Arch:00007:UNDI:003010", "0007", IPXE_OPTIONS + "240101"),
  "iPXE without HTTP": ipxe(
    "PXEClient:Arch:00000:UNDI:002001",
    "0000",
    IPXE_OPTIONS.replace("130101", ""),
  ),
  "an Intel PXE ROM": option(55, "0102030506" + "0b0c0d0f10112b363c4380818283848586" + "87") +
    "390204ec" + UUID + "5d020000" + "5e03010201" +
    option(60, ascii("PXEClient:Arch:00000:UNDI:002001")),
  "EDK2 PXE x64": edk2("PXEClient", "0007"),
  "EDK2 PXE arm64": edk2("PXEClient", "000b"),
  "EDK2 HTTP x64": edk2("HTTPClient", "0010"),
  "EDK2 HTTP arm64": edk2("HTTPClient", "0013"),
  "U-Boot of a board": "39020240" + option(60, ascii("U-boot.armv8.armada8k")) +
    option(55, "0103060c111c"),
  "U-Boot with an architecture": "39020240" + "5d020016" + "5e03010000" + UUID +
    option(55, "0103060c11d1"),
  "Cisco NX-OS": option(61, "00" + ascii("FDO12345678")) + option(55, "0103060f42439b96"),
  "Arista EOS": option(60, ascii("Arista;DCS-7050S-64;02.00.00;JPE12345678")) +
    option(55, "0103060c0f2a4243"),
  "ONIE": option(60, ascii("onie_vendor:x86_64-accton_as7712_32x-r0")) +
    option(77, ascii("onie_dhcp_user_class")) + option(55, "0103060c0f2a4243727d96"),
  "Cumulus Linux": option(60, ascii("cumulus-linux x86_64")) +
    option(55, "011c02030f06770c2c2f1a792aef"),
  "Windows": option(60, ascii("MSFT 5.0")) + option(55, "01030f062b2c2e2f1f2177f9fc"),
} as const;

type Client = keyof typeof CLIENTS;

function tableOf(boot: JsonObject | string): LeaseTable {
  const example = typeof boot === "string" ? boot : "boot-ipxe";
  const url = new URL(`../../examples/${example}.yaml`, import.meta.url);
  const object = parse(Deno.readTextFileSync(url));
  if (typeof boot !== "string") object.spec.ipv4Config.boot = boot;
  const { pool } = object.spec.ipv4Config;
  const ipv4 = { allocated: { [pool.start]: "52:54:00:12:34:56" }, used: 1, available: 99 };
  const parsed = parseIPPool({ ...object, status: { ipv4 } });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return leaseTableOf(parsed.value, () => []);
}

function replyTo(client: Client, table: LeaseTable, type = DISCOVER): Reply {
  const octets = CLIENTS[client].match(/../g)!.map((digits) => Number.parseInt(digits, 16));
  const asked = type === REQUEST ? [50, 4, 192, 168, 51, 100, 54, 4, 192, 168, 51, 2] : [];
  const payload = clientPayload({ type, tail: [...octets, ...asked, 255] });
  const { replies, outcome } = answerBytes(clientFrame({}, payload), { table });
  assert.equal(replies.length, 1, `${client}: ${outcome}`);
  return readReply(replies[0]!);
}

function textOf(reply: Reply, code: number): string {
  return String.fromCharCode(...optionOf(reply, code) ?? []);
}

/** `siaddr file 60 66 67 150`, `-` for what is not there. */
function bootOf(client: Client, table: LeaseTable, type = DISCOVER): string {
  const reply = replyTo(client, table, type);
  const addresses = optionOf(reply, 150)?.join(".");
  const texts = [reply.file, textOf(reply, 60), textOf(reply, 66), textOf(reply, 67), addresses];
  return [reply.siaddr, ...texts.map((text) => text || "-")].join(" ");
}

function assertBoot(example: string, wanted: Partial<Record<Client, string>>): void {
  const table = tableOf(example);
  const got = Object.keys(wanted).map((client) => [client, bootOf(client as Client, table)]);
  assert.deepEqual(Object.fromEntries(got), wanted);
}

Deno.test("firmware gets iPXE for its architecture, and iPXE a script", () => {
  const server = "192.168.51.69";
  const bios = `${server} undionly.kpxe - ${server} undionly.kpxe -`;
  const script = `${server} http://192.168.51.69/boot.ipxe - ${server} ` +
    "http://192.168.51.69/boot.ipxe -";
  assertBoot("boot-ipxe", {
    "an Intel PXE ROM": bios,
    "iPXE without HTTP": bios,
    "iPXE on a BIOS": script,
    "iPXE on UEFI x64": script,
    "EDK2 PXE x64": `${server} ipxe.efi - ${server} ipxe.efi -`,
    "EDK2 PXE arm64": `${server} ipxe-arm64.efi - ${server} ipxe-arm64.efi -`,
    "EDK2 HTTP x64": "192.168.51.2 - - - - -",
    "Windows": "192.168.51.2 - - - - -",
  });
});

Deno.test("the ACK says the same of booting as the OFFER", () => {
  const table = tableOf("boot-ipxe");
  for (const client of ["an Intel PXE ROM", "iPXE on a BIOS", "EDK2 PXE x64"] as const) {
    assert.equal(bootOf(client, table, REQUEST), bootOf(client, table), client);
  }
});

Deno.test("UEFI HTTP boot of another architecture gets nothing", () => {
  const nothing = "192.168.52.2 - - - - -";
  assertBoot("boot-http-arm64", {
    "EDK2 HTTP arm64": "192.168.52.2 - HTTPClient - http://boot.example.com/arm64/grubaa64.efi -",
    "EDK2 HTTP x64": nothing,
    "EDK2 PXE arm64": nothing,
    "Windows": nothing,
  });
});

Deno.test("U-Boot gets server and file in fields and options", () => {
  const server = "192.168.53.69";
  const script = `${server} arm64/boot.scr.uimg - ${server} arm64/boot.scr.uimg -`;
  assertBoot("boot-u-boot", {
    "U-Boot of a board": script,
    "U-Boot with an architecture": script,
    "EDK2 PXE arm64": "192.168.53.2 - - - - -",
    "Windows": "192.168.53.2 - - - - -",
  });
});

Deno.test("switches get script and server in the ways that they ask for", () => {
  const server = "192.168.54.69";
  assertBoot("boot-switches", {
    "Cisco NX-OS": `${server} cisco/poap.py - ${server} cisco/poap.py ${server}`,
    "Arista EOS": `${server} http://${server}/arista/bootstrap.py - ${server} ` +
      `http://${server}/arista/bootstrap.py -`,
    "ONIE":
      `${server} http://${server}/onie-installer - ${server} http://${server}/onie-installer ` +
      server,
    "Cumulus Linux": "192.168.54.2 - - - - -",
    "Windows": "192.168.54.2 - - - - -",
  });
  const cumulus = replyTo("Cumulus Linux", tableOf("boot-switches"));
  assert.equal(textOf(cumulus, 239), `http://${server}/cumulus/ztp.sh`);
});

Deno.test("a BIOS program without architectures goes to a BIOS and to nobody else", () => {
  const table = tableOf({ files: [{ file: "undionly.kpxe" }] });
  for (const client of Object.keys(CLIENTS) as Client[]) {
    const isBios = client === "an Intel PXE ROM" || /^iPXE.*(BIOS|HTTP)$/.test(client);
    assert.equal(textOf(replyTo(client, table), 67), isBios ? "undionly.kpxe" : "", client);
  }
});

Deno.test("a UEFI program without architectures goes to no BIOS", () => {
  const table = tableOf({ files: [{ file: "http://192.168.51.69/ipxe.efi" }] });
  for (const client of Object.keys(CLIENTS) as Client[]) {
    const isUefi = /^(EDK2|iPXE on UEFI)/.test(client);
    assert.equal(textOf(replyTo(client, table), 67) !== "", isUefi, client);
  }
});

Deno.test("the first boot file that is for a client counts", () => {
  const table = tableOf({
    files: [
      { ipxe: true, architectures: ["uefi-x64"], file: "1" },
      { userClass: "ipxe", ipxeFeatures: ["nfs"], file: "2" },
      { vendorClass: "pxeclient:arch:00000", requestedOptions: [175], file: "3" },
      { ipxe: false, architectures: [11, "bios"], file: "4" },
      { file: "5" },
    ],
  });
  const clients = [
    ["iPXE on UEFI x64", "1"],
    ["iPXE on a BIOS", "3"],
    ["an Intel PXE ROM", "4"],
    ["EDK2 PXE arm64", "4"],
    ["EDK2 PXE x64", "5"],
    ["EDK2 HTTP x64", ""],
    ["Arista EOS", ""],
  ] as const;
  for (const [client, file] of clients) {
    assert.equal(textOf(replyTo(client, table), 67), file, client);
  }
});
