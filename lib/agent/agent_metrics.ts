/** What an agent counts. */

import { formatNamespacedName, type NamespacedName } from "../api/meta.ts";
import type { Gauge, Histogram, Labels, MetricRegistry, MetricSpec } from "../observe/metrics.ts";
import {
  CounterSeries,
  type HistogramSeries,
  SeriesCounter,
  SeriesHistogram,
} from "../observe/series.ts";
import type { LostFrames } from "../sys/contract.ts";
import { PacketKinds } from "./packet_kinds.ts";

/** From the reply of an idle agent to one that its client no longer waits for. */
const LATENCY_BUCKETS_SECONDS = [
  ...[0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005],
  ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
];

const STAGES = [
  /** From the kernel's receipt of the request until the agent looks at it. */
  "wait",
  /** Reading the request, deciding and writing the reply. */
  "answer",
  /** From then until the kernel took it, with the others of its batch. */
  "send",
] as const;

/** Where the time of a reply goes. */
export type ReplyStage = (typeof STAGES)[number];

const PACKETS: MetricSpec = {
  name: "vmdhcpagent_packets_total",
  help: "Packets received, by DHCP message type and by what became of them.",
  labelNames: ["ippool", "pool", "type", "outcome"],
};

const SEND_ERRORS: MetricSpec = {
  name: "vmdhcpagent_send_errors_total",
  help: "Replies that the kernel did not take, by error; their clients ask again.",
  labelNames: ["ippool", "pool", "errno"],
};

const LOST_FRAMES: MetricSpec = {
  name: "vmdhcpagent_lost_frames_total",
  help: "Frames that were received and never looked at. Reason overrun: more came than the agent " +
    "could answer in time; overload: passed over meanwhile because their Ethernet source sent more " +
    "than its share; tooLong: longer than any DHCP request.",
  labelNames: ["ippool", "pool", "reason"],
};

const REPLY_LATENCY = {
  name: "vmdhcpagent_reply_latency_seconds",
  help: "Time from the kernel's receipt of a request until its reply was handed to the kernel.",
  labelNames: ["ippool", "pool"],
  buckets: LATENCY_BUCKETS_SECONDS,
};

const REPLY_STAGES = {
  name: "vmdhcpagent_reply_stage_seconds",
  help: "Where the time of replies goes; with --debug only. Stage wait: until the agent looks at " +
    "the request; answer: until the reply is written; send: until the kernel took it.",
  labelNames: ["ippool", "pool", "stage"],
  buckets: LATENCY_BUCKETS_SECONDS,
};

const INTERNAL_ERRORS: MetricSpec = {
  name: "vmdhcpagent_internal_errors_total",
  help: "Failures because of a bug, such as packets that could not be answered; the log has the " +
    "first one.",
  labelNames: ["ippool", "pool"],
};

const OTHER_SERVER_REPLIES: MetricSpec = {
  name: "vmdhcpagent_other_server_replies_total",
  help: "Broadcast replies of DHCP servers that do not belong to the pool.",
  labelNames: ["ippool", "pool"],
};

const OWN_IDENTIFIER_REPLIES: MetricSpec = {
  name: "vmdhcpagent_own_identifier_replies_total",
  help: "Broadcast replies of other hosts with the pool's serverIP as their identifier. Sender " +
    "replica: they say what this agent would say; impostor: something else.",
  labelNames: ["ippool", "pool", "sender"],
};

const ADDRESS_CLAIMS: MetricSpec = {
  name: "vmdhcpagent_server_address_claims_total",
  help: "ARP packets of another host that uses the pool's serverIP. The replicas of an agent see " +
    "each other at each start, and when one of them takes over from another; more than that is " +
    "an address conflict.",
  labelNames: ["ippool", "pool"],
};

const OTHER_SERVER_CHOSEN: MetricSpec = {
  name: "vmdhcpagent_other_server_chosen_total",
  help: "REQUESTs in which a client with a binding chose another DHCP server (option 54).",
  labelNames: ["ippool", "pool"],
};

const CLIENT_ADDRESS_CLAIMS: MetricSpec = {
  name: "vmdhcpagent_client_address_claims_total",
  help: "ARP packets of a host that uses an address which is bound to another MAC address.",
  labelNames: ["ippool", "pool"],
};

const UNKNOWN_CLIENTS: MetricSpec = {
  name: "vmdhcpagent_unknown_clients",
  help: "Different MAC addresses without a binding that asked, roughly: in the busier of the " +
    "current minute and the one before.",
  labelNames: ["ippool", "pool"],
};

const FOREIGN_CHADDR: MetricSpec = {
  name: "vmdhcpagent_foreign_chaddr_total",
  help: "Direct requests for a client that came from another Ethernet address.",
  labelNames: ["ippool", "pool"],
};

const LEFT_OUT_OPTIONS: MetricSpec = {
  name: "vmdhcpagent_options_left_out_total",
  help: "Options that a reply had no room for, by their codes; the log names them once an hour.",
  labelNames: ["ippool", "pool", "option"],
};

const READY: MetricSpec = {
  name: "vmdhcpagent_ready",
  help: "1 while the agent answers, else 0.",
  labelNames: ["ippool", "pool"],
};

/**
 * Counters of the agent of one pool. The next agent of the pool may begin before this one has ended
 * altogether, so that nothing is counted here any more from `end()` on.
 */
export class AgentMetrics {
  readonly #pool: Labels;
  /** All metrics but the state, to be left without a trace of the pool. */
  readonly #metrics: { drop(labels: Labels): void }[] = [];
  #hasEnded = false;
  readonly #packets: SeriesCounter;
  readonly #sendErrors: SeriesCounter;
  readonly #lostFrames: SeriesCounter;
  readonly #replyLatency: HistogramSeries;
  readonly #replyStages: Histogram;
  readonly #internalErrors: CounterSeries;
  readonly #otherServerReplies: CounterSeries;
  readonly #ownIdentifierReplies: SeriesCounter;
  readonly #addressClaims: CounterSeries;
  readonly #otherServerChosen: CounterSeries;
  readonly #clientAddressClaims: CounterSeries;
  readonly #unknownClients: Gauge;
  readonly #foreignChaddr: CounterSeries;
  readonly #leftOutOptions: SeriesCounter;
  readonly #ready: Gauge;
  /** Kinds of packets that were counted. */
  readonly kinds = new PacketKinds();
  /** By number of the kind. */
  readonly #packetSeries: CounterSeries[] = [];

  constructor(registry: MetricRegistry, pool: NamespacedName) {
    this.#pool = { ippool: pool.name, pool: formatNamespacedName(pool) };
    const add = <M extends SeriesCounter | SeriesHistogram>(metric: M): M => {
      const added = registry.add(metric);
      this.#metrics.push(added);
      return added;
    };
    const count = (spec: MetricSpec) => add(new SeriesCounter(spec));
    this.#packets = count(PACKETS);
    this.#sendErrors = count(SEND_ERRORS);
    this.#lostFrames = count(LOST_FRAMES);
    this.#replyLatency = add(new SeriesHistogram(REPLY_LATENCY)).series(this.#pool);
    this.#replyStages = registry.histogram(REPLY_STAGES);
    this.#internalErrors = count(INTERNAL_ERRORS).series(this.#pool);
    this.#otherServerReplies = count(OTHER_SERVER_REPLIES).series(this.#pool);
    this.#ownIdentifierReplies = count(OWN_IDENTIFIER_REPLIES);
    this.#addressClaims = count(ADDRESS_CLAIMS).series(this.#pool);
    this.#otherServerChosen = count(OTHER_SERVER_CHOSEN).series(this.#pool);
    this.#clientAddressClaims = count(CLIENT_ADDRESS_CLAIMS).series(this.#pool);
    this.#unknownClients = registry.gauge(UNKNOWN_CLIENTS);
    this.#foreignChaddr = count(FOREIGN_CHADDR).series(this.#pool);
    this.#leftOutOptions = count(LEFT_OUT_OPTIONS);
    this.#ready = registry.gauge(READY);
  }

  /** Counts a packet. @returns The number of its kind. */
  packet(type: string, outcome: string): number {
    const kind = this.kinds.numberOf(type, outcome);
    (this.#packetSeries[kind] ?? this.#addPacket(kind)).inc();
    return kind;
  }

  /** A reply was sent. @param latencyMs Since its request came in. */
  reply(latencyMs: number): void {
    this.#replyLatency.observe(latencyMs / 1000);
  }

  /** A stage of a reply took this long. */
  replyStage(stage: ReplyStage, durationMs: number): void {
    if (!this.#hasEnded) this.#replyStages.observe(durationMs / 1000, { ...this.#pool, stage });
  }

  /** @param errno Symbol of the error, such as `ENOBUFS`. */
  sendErrors(errno: string, frames: number): void {
    this.#count(this.#sendErrors, { errno }, frames);
  }

  /** @param lost `overload` is what was passed over. */
  lostFrames(lost: LostFrames & { readonly overload: number }): void {
    const { overload, overrun, tooLong } = lost;
    for (const [reason, frames] of Object.entries({ overload, overrun, tooLong })) {
      if (frames > 0) this.#count(this.#lostFrames, { reason }, frames);
    }
  }

  internalError(): void {
    this.#internalErrors.inc();
  }

  otherServerReply(): void {
    this.#otherServerReplies.inc();
  }

  /** Another host replied with the server's identifier. */
  ownIdentifierReply(sender: "replica" | "impostor", replies = 1): void {
    this.#count(this.#ownIdentifierReplies, { sender }, replies);
  }

  /** A client with a binding chose another server. */
  otherServerChosen(): void {
    this.#otherServerChosen.inc();
  }

  /** Another host sent ARP from the address of a client. */
  clientAddressClaim(): void {
    this.#clientAddressClaims.inc();
  }

  unknownClients(clients: number): void {
    if (!this.#hasEnded) this.#unknownClients.set(clients, this.#pool);
  }

  /** Another host sent ARP from the server's address. */
  addressClaim(): void {
    this.#addressClaims.inc();
  }

  foreignChaddr(): void {
    this.#foreignChaddr.inc();
  }

  /** A reply had no room for an option. */
  leftOutOption(code: number): void {
    this.#count(this.#leftOutOptions, { option: `${code}` });
  }

  ready(ready: boolean): void {
    if (!this.#hasEnded) this.#ready.set(ready ? 1 : 0, this.#pool);
  }

  /** Takes back all series of an agent that ends. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ready.remove(this.#pool);
    this.#unknownClients.remove(this.#pool);
    for (const stage of STAGES) this.#replyStages.remove({ ...this.#pool, stage });
    for (const metric of this.#metrics) metric.drop(this.#pool);
  }

  #count(metric: SeriesCounter, labels: Labels, by = 1): void {
    if (!this.#hasEnded) metric.series({ ...this.#pool, ...labels }).inc(by);
  }

  #addPacket(kind: number): CounterSeries {
    const labels = { ...this.#pool, ...this.kinds.at(kind) };
    const series = this.#hasEnded ? new CounterSeries() : this.#packets.series(labels);
    this.#packetSeries[kind] = series;
    return series;
  }
}
