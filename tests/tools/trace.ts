/**
 * `./dev trace FILE.hex`: prints what the engine makes of one packet, stage by stage. The file holds an
 * Ethernet frame in hexadecimal, lines of comment with `#`. Unless options say otherwise, the pool
 * is that of the tests: 192.0.2.0/24 with the server at .2 and 52:54:00:12:34:56 bound to .10.
 */

import { parseArgs } from "node:util";
import { createLeaseTable, type LeaseTable } from "../../lib/dhcp/lease.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { ip, leaseTable, mac, poolParameters, SERVER_MAC } from "../support/dhcp_packets.ts";
import { parseHexPacket } from "../support/hex_packets.ts";
import { runMain } from "./main.ts";
import { traceFrame } from "./trace_frame.ts";

const USAGE =
  `usage: ./dev trace FILE.hex [--cidr ADDRESS/BITS] [--server ADDRESS] [--router ADDRESS]
             [--relay ADDRESS]... [--bind MAC=ADDRESS]... [--partial-checksum]`;

const OPTIONS = {
  "cidr": { type: "string" },
  "server": { type: "string" },
  "router": { type: "string" },
  "relay": { type: "string", multiple: true },
  "bind": { type: "string", multiple: true },
  "partial-checksum": { type: "boolean" },
} as const;

/**
 * Traces the packet of a file.
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
  const { bytes, fields } = parseHexPacket(file, Deno.readTextFileSync(file));
  const isPartial = values["partial-checksum"] ?? fields.get("checksum") === "partial";
  const context = { table: tableOf(values), macAddress: SERVER_MAC, mtuBytes: 1500 };
  return traceFrame(bytes, context, !isPartial);
}

/** The pool of the tests with the given changes. */
function tableOf({ cidr, server, router, relay, bind }: {
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
  const parameters = poolParameters({
    ...(parsedCidr === undefined ? {} : { cidr: parsedCidr }),
    ...(server === undefined ? {} : { serverIp: ip(server) }),
    ...(router === undefined ? {} : { router: ip(router) }),
    ...(relay === undefined ? {} : { relays: relay.map(ip) }),
  });
  if (bind === undefined) return leaseTable(parameters);
  return createLeaseTable(
    parameters,
    new Map(bind.map((text) => {
      const [client, address] = text.split("=");
      return [mac(client ?? ""), ip(address ?? "")];
    })),
  );
}

if (import.meta.main) {
  runMain(() => {
    console.log(trace(Deno.args));
    return 0;
  });
}
