/** `vm-dhcp trace` */

import type { IPPool } from "../lib/api/ippool/ippool.ts";
import { createLeaseTable, type LeaseTable } from "../lib/dhcpv4/lease.ts";
import { SERVER_PORT } from "../lib/dhcpv4/wire/message.ts";
import { isClientAddress } from "../lib/ipam/address_range.ts";
import { formatCidr } from "../lib/net/cidr.ts";
import { decodeUdpFrame } from "../lib/net/frame.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../lib/net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../lib/net/mac_address.ts";
import { leaseTableOf } from "../lib/reconcile/lease_table.ts";
import { type CapturedFrame, CaptureError } from "../lib/dhcpv4/trace/captured_frame.ts";
import { traceFrame } from "../lib/dhcpv4/trace/trace_frame.ts";
import { type Command, CommandError, type Invocation } from "./cli/command.ts";
import { CLUSTER_FLAGS } from "./cli/common_flags.ts";
import { parseNamespacedName, parseText } from "./cli/flag_values.ts";
import { type FlagTable, type FlagValues, parseArguments, UsageError } from "./cli/flags.ts";
import { openCapture } from "./compose/trace/capture_file.ts";
import { loadPool } from "./compose/trace/traced_pool.ts";

const FLAGS = {
  ippool: {
    kind: "value",
    placeholder: "NAMESPACE/NAME",
    help: "The pool that answers, with the addresses that its status records.",
    required: true,
    parse: parseNamespacedName,
  },
  manifests: {
    kind: "list",
    placeholder: "PATH",
    help:
      "Take the pool from this file, or the files in this folder. Without it, the cluster is asked.",
    parse: parseText,
  },
  ...CLUSTER_FLAGS,
  bind: {
    kind: "list",
    placeholder: "MAC=ADDRESS",
    help: "Trace as if this client had this address, besides those of the record.",
    parse: parseBinding,
  },
  "partial-checksum": {
    kind: "switch",
    help:
      "Take UDP checksums for right. A capture on the host that sent a packet has some that the " +
      "interface had still to fill in.",
  },
} as const satisfies FlagTable;

export const traceCommand: Command = {
  name: "trace",
  description:
    "Prints what becomes of a packet, stage by stage: octets, message, client, decision with its reason,\n" +
    "replies. FILE is a capture of tcpdump or Wireshark, of which every packet to a DHCP server is\n" +
    "traced, or one Ethernet frame as octets in hexadecimal. Nothing is sent. An agent answers the same,\n" +
    "from the Ethernet address of its interface instead of 02:00:00:00:00:01.",
  synopsis: "trace FILE --ippool NAMESPACE/NAME [flags]",
  flags: FLAGS,
  words: ["file"],
  example: "  vm-dhcp trace dhcp.pcap --ippool default/net-48\n" +
    "  vm-dhcp trace frame.hex --ippool default/net-48 --manifests pool.yaml",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    const { flags, words } = parseArguments(FLAGS, invocation.args, invocation.env);
    const [file, second] = words;
    if (file === undefined) throw new UsageError("a FILE with packets is required");
    if (second !== undefined) throw new UsageError(`unexpected argument "${second}"`);
    const capture = await openCapture(file);
    const table = withBindings(await loadPool(flags, invocation), flags.bind);
    const isTraced = capture.isOfInterface ? isToServer : () => true;
    let traced = 0;
    try {
      for (const frame of capture.frames) {
        if (invocation.signal.aborted) return;
        if (!isTraced(frame)) continue;
        traced++;
        printTrace(frame, table, flags, invocation);
      }
    } catch (error) {
      if (error instanceof CaptureError) throw new CommandError(`${file}: ${error.message}`);
      throw error;
    }
    if (traced === 0) {
      throw new CommandError(`${file} has no packet to a DHCP server (UDP port ${SERVER_PORT})`);
    }
  },
};

/** Of this host's own making, so no client has it. */
const SERVER_MAC = parseMacAddress("02:00:00:00:00:01")!;
const MTU_BYTES = 1500;
const RULE = "=".repeat(72);

function printTrace(
  { number, bytes, wireBytes }: CapturedFrame,
  table: LeaseTable,
  flags: FlagValues<typeof FLAGS>,
  { print }: Invocation,
): void {
  const context = { table, macAddress: SERVER_MAC, mtuBytes: MTU_BYTES };
  const cut = wireBytes > bytes.length ? `, cut by the capture: it had ${wireBytes} octets` : "";
  print(`${RULE}\npacket ${number}${cut}\n`);
  print(`${traceFrame(bytes, context, !flags["partial-checksum"])}\n`);
}

function isToServer({ bytes }: CapturedFrame): boolean {
  const datagram = decodeUdpFrame(bytes, false);
  return datagram.ok && datagram.destinationPort === SERVER_PORT;
}

interface Binding {
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
}

function parseBinding(text: string): Binding {
  const [client = "", ip = "", ...rest] = text.split("=");
  const [mac, address] = [parseMacAddress(client), parseIpv4Address(ip)];
  if (mac === undefined || address === undefined || rest.length > 0) {
    throw new UsageError("is not of the form MAC=ADDRESS, such as 52:54:00:12:34:56=192.168.48.81");
  }
  return { mac, address };
}

/** @throws {CommandError} when an address is none that an agent of the pool would give to a client. */
function withBindings(pool: IPPool, bound: readonly Binding[]): LeaseTable {
  const table = leaseTableOf(pool, () => []);
  if (bound.length === 0) return table;
  const { ipv4Config } = pool.spec;
  const bindings = new Map(table.bindings());
  for (const { mac, address } of bound) {
    if (!isClientAddress(ipv4Config, address)) {
      throw new CommandError(
        `flag --bind: no client of ${formatCidr(ipv4Config.cidr)} can have ` +
          formatIpv4Address(address),
      );
    }
    // Whoever has it in the record would keep it otherwise.
    for (const [holder, held] of bindings) if (held === address) bindings.delete(holder);
    bindings.set(mac, address);
  }
  return createLeaseTable(table.parameters, bindings, table.paused);
}
