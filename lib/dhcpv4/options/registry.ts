/**
 * The options that this server knows, each once. Everything that depends on the code of an option
 * reads this table: replies, sizes, traces, the codes that a pool may define, and the tests of the
 * documentation.
 */

import { ADDRESS, ADDRESSES } from "./addresses.ts";
import { DOMAIN_NAMES } from "./domain_search.ts";
import { MESSAGE_TYPE } from "./message_type.ts";
import { SECONDS, UINT16, UINT16S, UINT8, UINT8S } from "./numbers.ts";
import { OCTETS, PRESENCE } from "./octets.ts";
import { CLASSFUL_ROUTES, CLASSLESS_ROUTES } from "./routes.ts";
import { SUB_OPTIONS } from "./sub_options.ts";
import { TEXT } from "./text.ts";
import type { DhcpOption, ValueKind } from "./value_kind.ts";

/** Where the value of an option comes from. */
export type SetBy =
  /** A field of `spec.ipv4Config`. */
  | { readonly field: string }
  /** This server, for each reply. */
  | "server"
  /** Clients. This server echoes some of these. */
  | "client"
  /** Relay agents. This server echoes it. */
  | "relay"
  /** The pool, if it defines the option by its code. */
  | "pool";

/** Which clients get the option; the documentation has the same words. */
export type SentTo =
  | "everybody"
  | "leases"
  | "NAK"
  /** Clients that ask for it, and those that ask for nothing in particular. */
  | "ask or no list"
  | "ask"
  | "boot clients"
  /** Those that sent it. */
  | "echo"
  | "when needed"
  | "nobody";

/** When the option goes if a reply is too large. */
export type DropRank = "first" | "late" | "last" | "never";

/** What is known of an option. */
export interface OptionDefinition {
  readonly code: number;
  /** As its RFC has it. */
  readonly name: string;
  /** The document that defines it, and the section where it defines many. */
  readonly rfc: string;
  readonly kind: ValueKind<unknown>;
  readonly setBy: SetBy;
  readonly sentTo: SentTo;
  readonly dropped: DropRank;
}

type Row = readonly [
  code: number,
  name: string,
  rfc: string,
  kind: ValueKind<unknown>,
  setBy: SetBy,
  sentTo: SentTo,
  dropped: DropRank,
];

const CUSTOM = ["pool", "ask or no list", "first"] as const;
const OF_CLIENTS = ["client", "nobody", "first"] as const;
const ROUTES = of("routes");
const BOOT = of("boot");

// Never dropped: without these there is no lease, or the client cannot find or understand the rest.
// Late: every client gets these, or needs them to boot.
// Last: echoes, which go whole or not at all (RFC 3046 section 2.2).
const ROWS = [
  [1, "subnet mask", "RFC 2132, 3.3", ADDRESS, "server", "everybody", "never"],
  [2, "time offset", "RFC 2132, 3.4", OCTETS, ...CUSTOM],
  [3, "router", "RFC 2132, 3.5", ADDRESSES, of("router"), "everybody", "late"],
  [4, "time server", "RFC 2132, 3.6", ADDRESSES, ...CUSTOM],
  [6, "domain name server", "RFC 2132, 3.8", ADDRESSES, of("dns"), "everybody", "late"],
  [7, "log server", "RFC 2132, 3.9", ADDRESSES, ...CUSTOM],
  [12, "host name", "RFC 2132, 3.14", TEXT, "server", "ask or no list", "first"],
  [15, "domain name", "RFC 2132, 3.17", TEXT, of("domainName"), "everybody", "late"],
  [17, "root path", "RFC 2132, 3.19", TEXT, ...CUSTOM],
  [26, "interface MTU", "RFC 2132, 5.1", UINT16, of("mtu"), "ask or no list", "first"],
  [28, "broadcast address", "RFC 2132, 5.3", ADDRESS, "server", "everybody", "late"],
  [31, "perform router discovery", "RFC 2132, 5.6", UINT8, ...CUSTOM],
  [33, "static route", "RFC 2132, 5.8", CLASSFUL_ROUTES, ROUTES, "ask", "first"],
  [40, "NIS domain", "RFC 2132, 8.1", TEXT, ...CUSTOM],
  [41, "NIS servers", "RFC 2132, 8.2", ADDRESSES, ...CUSTOM],
  [42, "NTP servers", "RFC 2132, 8.3", ADDRESSES, of("ntp"), "ask or no list", "first"],
  [43, "vendor-specific information", "RFC 2132, 8.4", OCTETS, ...CUSTOM],
  [44, "NetBIOS name server", "RFC 2132, 8.5", ADDRESSES, ...CUSTOM],
  [46, "NetBIOS node type", "RFC 2132, 8.7", UINT8, ...CUSTOM],
  [47, "NetBIOS scope", "RFC 2132, 8.8", TEXT, ...CUSTOM],
  [50, "requested IP address", "RFC 2132, 9.1", ADDRESS, ...OF_CLIENTS],
  [51, "IP address lease time", "RFC 2132, 9.2", SECONDS, of("leaseTime"), "leases", "never"],
  [52, "option overload", "RFC 2132, 9.3", UINT8, "server", "when needed", "never"],
  [53, "DHCP message type", "RFC 2132, 9.6", MESSAGE_TYPE, "server", "everybody", "never"],
  [54, "server identifier", "RFC 2132, 9.7", ADDRESS, "server", "everybody", "never"],
  [55, "parameter request list", "RFC 2132, 9.8", UINT8S, ...OF_CLIENTS],
  [56, "message", "RFC 2132, 9.9", TEXT, "server", "NAK", "late"],
  [57, "maximum DHCP message size", "RFC 2132, 9.10", UINT16, ...OF_CLIENTS],
  [58, "renewal (T1) time", "RFC 2132, 9.11", SECONDS, "server", "leases", "late"],
  [59, "rebinding (T2) time", "RFC 2132, 9.12", SECONDS, "server", "leases", "late"],
  [60, "vendor class identifier", "RFC 2132, 9.13", TEXT, "server", "boot clients", "late"],
  [61, "client identifier", "RFC 2132, 9.14", OCTETS, "client", "echo", "last"],
  [66, "TFTP server name", "RFC 2132, 9.4", TEXT, BOOT, "boot clients", "first"],
  [67, "bootfile name", "RFC 2132, 9.5", TEXT, BOOT, "boot clients", "late"],
  [77, "user class", "RFC 3004", TEXT, ...CUSTOM],
  [80, "rapid commit", "RFC 4039", PRESENCE, "server", "echo", "never"],
  [81, "client FQDN", "RFC 4702", OCTETS, ...OF_CLIENTS],
  [82, "relay agent information", "RFC 3046", SUB_OPTIONS, "relay", "echo", "last"],
  [93, "client system architecture", "RFC 4578, 2.1", UINT16S, ...OF_CLIENTS],
  [94, "client network interface", "RFC 4578, 2.2", OCTETS, ...CUSTOM],
  [97, "client machine identifier", "RFC 4578, 2.3", OCTETS, ...CUSTOM],
  [108, "IPv6-only preferred", "RFC 8925", SECONDS, of("ipv6OnlyWait"), "ask", "first"],
  [114, "captive portal", "RFC 8910", TEXT, of("captivePortal"), "ask", "first"],
  [116, "auto-configure", "RFC 2563", UINT8, ...CUSTOM],
  [118, "subnet selection", "RFC 3011", ADDRESS, "client", "echo", "last"],
  [119, "domain search", "RFC 3397", DOMAIN_NAMES, of("domainSearch"), "ask or no list", "first"],
  [120, "SIP servers", "RFC 3361", OCTETS, ...CUSTOM],
  [121, "classless static route", "RFC 3442", CLASSLESS_ROUTES, ROUTES, "ask or no list", "first"],
  [124, "vendor-identifying vendor class", "RFC 3925, 3", OCTETS, ...CUSTOM],
  [125, "vendor-identifying vendor-specific information", "RFC 3925, 4", OCTETS, ...CUSTOM],
  [145, "FORCERENEW nonce capable", "RFC 6704", OCTETS, ...CUSTOM],
  [150, "TFTP server address", "RFC 5859", ADDRESSES, ...CUSTOM],
  [175, "iPXE options", "https://ipxe.org/howto/dhcpd", SUB_OPTIONS, ...CUSTOM],
  // Option 121 as Windows asked for it before RFC 3442.
  [249, "classless static route (Microsoft)", "RFC 3442", CLASSLESS_ROUTES, ROUTES, "ask", "first"],
  [252, "web proxy auto-discovery", "draft-ietf-wrec-wpad-01", TEXT, ...CUSTOM],
] as const satisfies readonly Row[];

/** Codes of the options that the server's rules name. */
export const OptionCode = {
  /** A single octet without length. */
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  domainName: 15,
  interfaceMtu: 26,
  broadcastAddress: 28,
  staticRoute: 33,
  ntpServers: 42,
  requestedIpAddress: 50,
  ipAddressLeaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClassIdentifier: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootfileName: 67,
  userClass: 77,
  rapidCommit: 80,
  clientFqdn: 81,
  relayAgentInformation: 82,
  clientSystemArchitecture: 93,
  ipv6OnlyPreferred: 108,
  captivePortal: 114,
  subnetSelection: 118,
  domainSearch: 119,
  classlessStaticRoute: 121,
  tftpServerAddress: 150,
  ipxeOptions: 175,
  microsoftClasslessStaticRoute: 249,
  /** A single octet without length. */
  end: 255,
} as const;

/** All options in the order of their codes. */
export const OPTIONS: readonly OptionDefinition[] = ROWS.map(
  ([code, name, rfc, kind, setBy, sentTo, dropped]) => (
    { code, name, rfc, kind, setBy, sentTo, dropped }
  ),
);

const BY_CODE: ReadonlyMap<number, OptionDefinition> = new Map(
  OPTIONS.map((definition) => [definition.code, definition]),
);

function of(field: string): SetBy {
  return { field };
}

type KindOf<C> = Extract<typeof ROWS[number], readonly [C, ...unknown[]]>[3];

/** What the value of an option is before it is encoded. */
export type ValueOf<C> = KindOf<C> extends ValueKind<infer T> ? T : never;

/**
 * What is known of an option; `undefined` for a code that is not in the table.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(optionOfCode(26)?.name, "interface MTU");
 * equal(optionOfCode(224), undefined);
 * ```
 */
export function optionOfCode(code: number): OptionDefinition | undefined {
  return BY_CODE.get(code);
}

/**
 * Makes an option of its value.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual(encodeOption(OptionCode.interfaceMtu, 1450), { code: 26, value: [5, 170] });
 * ```
 */
export function encodeOption<C extends typeof ROWS[number][0]>(
  code: C,
  value: ValueOf<C>,
): DhcpOption {
  return { code, value: BY_CODE.get(code)!.kind.encode(value) };
}

/**
 * The value of an option as text.
 *
 * @returns `undefined` when the octets do not have the form of the option, or it has none.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatOption(OptionCode.ipAddressLeaseTime, Uint8Array.of(0, 0, 1, 44)), "300 s");
 * equal(formatOption(OptionCode.ipAddressLeaseTime, Uint8Array.of(1)), undefined);
 * ```
 */
export function formatOption(code: number, octets: Uint8Array): string | undefined {
  const kind = BY_CODE.get(code)?.kind;
  const value = kind?.decode(octets);
  return value === undefined ? undefined : kind!.format(value);
}
