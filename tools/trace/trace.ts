/**
 * `./dev trace FILE`: prints how the engine handles a packet, stage by stage. The file holds an
 * Ethernet frame in hexadecimal, lines of comment with `#`; or it is a capture of tcpdump, of which
 * every packet to a DHCP server is traced. Unless options say otherwise, the pool is that of the
 * tests: 192.0.2.0/24 with the server at .2 and 52:54:00:12:34:56 bound to .10. With `--ippool` it is that
 * of a manifest, with the bindings in its status.
 */

import { parseArgs } from "node:util";
import { parse } from "yaml";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import { createLeaseTable, type LeaseTable } from "../../lib/dhcpv4/lease.ts";
import { SERVER_PORT } from "../../lib/dhcpv4/wire/message.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { decodeUdpFrame } from "../../lib/net/frame.ts";
import { leaseTableOf } from "../../lib/reconcile/lease_table.ts";
import {
  ip,
  leaseTable,
  mac,
  poolParameters,
  SERVER_MAC,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { parseHexPacket } from "../../tests/support/dhcp/hex_packets.ts";
import { runMain } from "../run_main.ts";
import { isPcap, readPcap } from "./pcap.ts";
import { traceFrame } from "./trace_frame.ts";

const USAGE =
  `usage: ./dev trace FILE.hex|FILE.pcap [--cidr ADDRESS/BITS] [--server ADDRESS] [--router ADDRESS]
             [--relay ADDRESS]... [--bind MAC=ADDRESS]... [--ippool FILE.yaml] [--partial-checksum]`;

const OPTIONS = {
  "cidr": { type: "string" },
  "server": { type: "string" },
  "router": { type: "string" },
  "relay": { type: "string", multiple: true },
  "bind": { type: "string", multiple: true },
  "ippool": { type: "string" },
  "partial-checksum": { type: "boolean" },
} as const;

/**
 * Traces the packets of a file.
 *
 * @param args Command line arguments.
 * @throws {TypeError} when they cannot be used.
 */
export function trace(args: readonly string[]): string {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new TypeError(USAGE);
  const context = { table: tableOf(values), macAddress: SERVER_MAC, mtuBytes: 1500 };
  return packetsOf(file).map(({ bytes, isPartial }) =>
    traceFrame(bytes, context, !(values["partial-checksum"] ?? isPartial))
  ).join(`\n${"=".repeat(72)}\n`);
}

interface Packet {
  readonly bytes: Uint8Array;
  /** The kernel had left the UDP checksum to be filled in. */
  readonly isPartial: boolean;
}

function packetsOf(file: string): readonly Packet[] {
  const content = Deno.readFileSync(file);
  if (!isPcap(content)) {
    const { bytes, fields } = parseHexPacket(file, new TextDecoder().decode(content));
    return [{ bytes, isPartial: fields.get("checksum") === "partial" }];
  }
  const packets = readPcap(content).filter(isToServer).map((bytes) => ({
    bytes,
    isPartial: false,
  }));
  if (packets.length === 0) throw new SyntaxError(`${file} has no packet to a DHCP server`);
  return packets;
}

function isToServer(bytes: Uint8Array): boolean {
  const datagram = decodeUdpFrame(bytes, false);
  return datagram.ok && datagram.destinationPort === SERVER_PORT;
}

/** The pool of the tests, or of a manifest, with the given changes. */
function tableOf({ ippool, cidr, server, router, relay, bind }: {
  readonly ippool?: string;
  readonly cidr?: string;
  readonly server?: string;
  readonly router?: string;
  readonly relay?: readonly string[];
  readonly bind?: readonly string[];
}): LeaseTable {
  const parsedCidr = cidr === undefined ? undefined : parseCidr(cidr);
  if (cidr !== undefined && parsedCidr === undefined) {
    throw new TypeError(`Cannot use --cidr ${cidr}: expected ADDRESS/BITS`);
  }
  const served = ippool === undefined ? undefined : servedBy(ippool);
  const parameters = poolParameters({
    ...served?.parameters,
    ...(parsedCidr === undefined ? {} : { cidr: parsedCidr }),
    ...(server === undefined ? {} : { serverIp: ip(server) }),
    ...(router === undefined ? {} : { router: ip(router) }),
    ...(relay === undefined ? {} : { relays: relay.map(ip) }),
  });
  if (bind === undefined) {
    if (served === undefined) return leaseTable(parameters);
    return createLeaseTable(parameters, new Map(served.bindings()));
  }
  return createLeaseTable(
    parameters,
    new Map(bind.map((text) => {
      const [client, address] = text.split("=");
      return [mac(client ?? ""), ip(address ?? "")];
    })),
  );
}

/** The table of the IPPool in a manifest. Names of NTP servers are not looked up. */
function servedBy(file: string): LeaseTable {
  const parsed = parseIPPool(parse(Deno.readTextFileSync(file)));
  if (!parsed.ok) {
    const faults = parsed.errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
    throw new TypeError(`Cannot use ${file}: ${faults}`);
  }
  return leaseTableOf(parsed.value, () => []);
}

if (import.meta.main) {
  await runMain(() => {
    console.log(trace(Deno.args));
    return 0;
  });
}
