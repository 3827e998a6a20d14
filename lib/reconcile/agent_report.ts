/**
 * What an agent tells the controller: `GET /report`. Much of it is what some host of a VM network said
 * on the wire, and that host may lie. So a report is news for people: no address, no readiness and no
 * service may follow from it.
 */

import { FieldErrors } from "../api/field_errors.ts";
import { FieldReader, type TextRule } from "../api/field_reader.ts";
import { IPV4_ADDRESS, MAC_ADDRESS } from "../api/text_rules.ts";
import { defined, parseJson } from "../base/json.ts";
import { joinSome } from "../base/sentences.ts";
import { terminalText } from "../base/terminal_text.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress } from "../net/mac_address.ts";

/** The longest report, in octets. */
export const REPORT_BYTES_MAX = 256 * 1024;
/** Entries of each list of hosts. */
export const REPORTED_HOSTS_MAX = 32;
/** Characters of the sentence in `unready`. */
export const REPORTED_SENTENCE_MAX = 400;
/** Bindings in one report: those that were seen last. */
export const REPORTED_LAST_SEEN_MAX = 1500;

/** An address of the pool that seems to be used by another host than its client. */
export interface AddressConflict {
  readonly address: string;
  /** The client that the address is bound to. */
  readonly mac: string;
  /**
   * The other host: the one that sent ARP from the address, or that sent the DECLINE in the name of the
   * client, which is forged then. Absent when the client itself declined: it does not say because of which
   * host.
   */
  readonly otherMac?: string;
  readonly how: "declined" | "arp";
  readonly count: number;
  readonly lastTime: string;
}

/** A DHCP server beside the agents of the pool. */
export interface ReportedServer {
  readonly serverIdentifier: string;
  /**
   * Ethernet address of its replies; 00:00:00:00:00:00 while none was seen, and it is known by the REQUEST
   * of a client only.
   */
  readonly mac: string;
  /** REQUESTs of bound clients that chose it. */
  readonly won: number;
  /** Its replies that were seen here. */
  readonly seen: number;
  readonly lastTime: string;
}

/** A host that uses the pool's serverIP. */
export interface ServerAddressClaim {
  readonly mac: string;
  readonly count: number;
  readonly lastTime: string;
}

/** Requests of MAC addresses without a binding. */
export interface UnknownClients {
  /** Since the agent started. */
  readonly packets: number;
  /** Different MAC addresses in the busier of this minute and the one before, roughly. */
  readonly clients: number;
  /** Requests in the busier of this minute and the one before. */
  readonly perMinute: number;
}

/**
 * A machine of a VM network that asks and has no binding, as `/unknown` shows it. All but the times is what the
 * machine says of itself. Times are of the node's clock.
 */
export interface AskingMachine {
  readonly macAddress: string;
  /** Requests since the agent remembers it. */
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Message type of its last request, such as `DISCOVER`. */
  readonly lastMessage: string;
  /** Where the agent has seen it. */
  readonly interface: string;
  /** Option 60. */
  readonly vendorClass?: string;
  /** Option 12. */
  readonly hostname?: string;
}

/** The last exchange with the client of one binding. */
export interface LastSeen {
  readonly mac: string;
  readonly time: string;
  /** Message type of the request, or `unknown`. */
  readonly type: string;
  /** What became of it; as the label `outcome` of `vmdhcpagent_packets_total`. */
  readonly outcome: string;
  /** Requests since the agent has the binding. */
  readonly count: number;
}

/** A report. Times are those of the agent's clock. */
export interface AgentReport {
  /** `namespace/name`. */
  readonly pool: string;
  /** Name of the agent's pod. */
  readonly instance: string;
  readonly startedAt: string;
  /**
   * Of its interface on the VM network, once that is there: what other agents of the pool see of it. What
   * an agent reports of such an address is about a replica, or forged.
   */
  readonly macAddress?: string;
  /** Of the version of the pool that is served. */
  readonly resourceVersion?: string;
  /** Since when the agent serves what a file had instead of what the API says. */
  readonly staleSince?: string;
  /** Why the agent does not answer, if it does not; one line. */
  readonly unready?: string;
  readonly addressConflicts: readonly AddressConflict[];
  readonly otherServers: readonly ReportedServer[];
  /** Hosts that answer in the name of the pool's server, and say something else. */
  readonly impostors: readonly ReportedServer[];
  readonly serverAddressClaims: readonly ServerAddressClaim[];
  readonly unknownClients: UnknownClients;
  /** With `?lastSeen=1`; clients that never asked are not in it. */
  readonly lastSeen?: readonly LastSeen[];
  /** Bindings that were seen too, and had no room. */
  readonly lastSeenLeftOut?: number;
}

/** A report, or a sentence that says why a text is not one. */
export type ParsedReport =
  | { readonly ok: true; readonly report: AgentReport }
  | { readonly ok: false; readonly reason: string };

const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER };

const INSTANT: TextRule<string> = {
  expected: "a time such as 2026-01-31T12:00:00Z",
  // Date.parse() takes the 31st of any month.
  parse: (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) &&
      new Date(Date.parse(text) || 0).toJSON() === text.replace("Z", ".000Z")
      ? text
      : undefined,
};

const MAC_TEXT: TextRule<string> = {
  expected: MAC_ADDRESS.expected,
  parse: (text) => {
    const mac = MAC_ADDRESS.parse(text);
    return mac === undefined ? undefined : formatMacAddress(mac);
  },
};

const ADDRESS_TEXT: TextRule<string> = {
  expected: IPV4_ADDRESS.expected,
  parse: (text) => {
    const address = IPV4_ADDRESS.parse(text);
    return address === undefined ? undefined : formatIpv4Address(address);
  },
};

const POOL_KEY = matching(
  "namespace and name of an IPPool",
  /^[-a-z0-9]{1,63}\/[-.a-z0-9]{1,253}$/,
);
const INSTANCE = matching("the name of a pod", /^[-.a-zA-Z0-9_]{1,253}$/);
const VERSION = matching("a resourceVersion", /^[-.a-zA-Z0-9_]{1,128}$/);
const WORD = matching("a word of letters", /^[a-zA-Z]{1,32}$/);
const HOW = matching("declined or arp", /^(declined|arp)$/);

const SENTENCE: TextRule<string> = {
  expected: `a line of up to ${REPORTED_SENTENCE_MAX} printable characters`,
  parse: (text) =>
    text.length <= REPORTED_SENTENCE_MAX && !/[\n\t]/.test(text) && terminalText(text) === text
      ? text
      : undefined,
};

/** Keeps texts that match. */
function matching(expected: string, pattern: RegExp): TextRule<string> {
  return { expected, parse: (text) => pattern.test(text) ? text : undefined };
}

/**
 * Reads a report. Whatever the text is, the result is a report within its bounds or a sentence. Fields that
 * are not known are left out: the agent may be newer.
 *
 * @param text Of the answer, which the caller has cut off at {@link REPORT_BYTES_MAX}.
 */
export function parseAgentReport(text: string): ParsedReport {
  if (text.length > REPORT_BYTES_MAX) {
    return refused(`it has more than ${REPORT_BYTES_MAX} characters`);
  }
  const raw = parseJson(text);
  if (raw === undefined) return refused("it is not JSON");
  const errors = new FieldErrors();
  const report = readReport(FieldReader.of(raw, "", errors));
  if (errors.list.length === 0) return { ok: true, report };
  const faults = errors.list.map(({ field, message }) => `${field || "it"} ${message}`);
  return refused(terminalText(joinSome(faults, "; ")));
}

function refused(why: string): ParsedReport {
  return { ok: false, reason: `the report of the agent cannot be used: ${why}` };
}

function readReport(root: FieldReader): AgentReport {
  const unknown = root.child("unknownClients");
  return {
    pool: root.parsed("pool", POOL_KEY),
    instance: root.parsed("instance", INSTANCE),
    startedAt: root.parsed("startedAt", INSTANT),
    ...defined({
      macAddress: root.optionalParsed("macAddress", MAC_TEXT),
      resourceVersion: root.optionalParsed("resourceVersion", VERSION),
      staleSince: root.optionalParsed("staleSince", INSTANT),
      unready: root.optionalParsed("unready", SENTENCE),
    }),
    addressConflicts: hostsOf(root, "addressConflicts").map(readConflict),
    otherServers: hostsOf(root, "otherServers").map(readServer),
    impostors: hostsOf(root, "impostors").map(readServer),
    serverAddressClaims: hostsOf(root, "serverAddressClaims").map(readClaim),
    unknownClients: {
      packets: unknown.integer("packets", COUNT),
      clients: unknown.integer("clients", COUNT),
      perMinute: unknown.integer("perMinute", COUNT),
    },
    ...defined({
      lastSeen: root.optionalChildren("lastSeen", { min: 0, max: REPORTED_LAST_SEEN_MAX })
        ?.map(readLastSeen),
      lastSeenLeftOut: root.optionalInteger("lastSeenLeftOut", COUNT),
    }),
  };
}

function hostsOf(root: FieldReader, key: string): readonly FieldReader[] {
  if (!root.has(key)) root.errors.add(key, "is required");
  return root.children(key, { min: 0, max: REPORTED_HOSTS_MAX });
}

function readConflict(reader: FieldReader): AddressConflict {
  return {
    address: reader.parsed("address", ADDRESS_TEXT),
    mac: reader.parsed("mac", MAC_TEXT),
    ...defined({ otherMac: reader.optionalParsed("otherMac", MAC_TEXT) }),
    how: reader.parsed("how", HOW) as AddressConflict["how"],
    count: reader.integer("count", COUNT),
    lastTime: reader.parsed("lastTime", INSTANT),
  };
}

function readServer(reader: FieldReader): ReportedServer {
  return {
    serverIdentifier: reader.parsed("serverIdentifier", ADDRESS_TEXT),
    mac: reader.parsed("mac", MAC_TEXT),
    won: reader.integer("won", COUNT),
    seen: reader.integer("seen", COUNT),
    lastTime: reader.parsed("lastTime", INSTANT),
  };
}

function readClaim(reader: FieldReader): ServerAddressClaim {
  return {
    mac: reader.parsed("mac", MAC_TEXT),
    count: reader.integer("count", COUNT),
    lastTime: reader.parsed("lastTime", INSTANT),
  };
}

function readLastSeen(reader: FieldReader): LastSeen {
  return {
    mac: reader.parsed("mac", MAC_TEXT),
    time: reader.parsed("time", INSTANT),
    type: reader.parsed("type", WORD),
    outcome: reader.parsed("outcome", WORD),
    count: reader.integer("count", COUNT),
  };
}
