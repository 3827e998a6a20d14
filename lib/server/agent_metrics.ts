/** What an agent counts. */

import type {
  Counter,
  Gauge,
  HistogramSeries,
  Labels,
  MetricRegistry,
} from "../observe/metrics.ts";
import type { LostFrames } from "../sys/contract.ts";

/** From a reply that meets an idle agent to one that a client gives up waiting for. */
const LATENCY_BUCKETS_SECONDS = [
  ...[0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005],
  ...[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
];

/** Counters of the agent of one pool. */
export class AgentMetrics {
  readonly #pool: Labels;
  readonly #packets: Counter;
  readonly #sendErrors: Counter;
  readonly #lostFrames: Counter;
  readonly #replyLatency: HistogramSeries;
  readonly #internalErrors: Counter;
  readonly #otherServerReplies: Counter;
  readonly #foreignChaddr: Counter;
  readonly #ready: Gauge;
  /** Packets since the last flush, by message type and outcome. */
  readonly #pending = new Map<string, Map<string, number>>();

  /** @param ippool `namespace/name` of the pool: the label of all series. */
  constructor(registry: MetricRegistry, ippool: string) {
    this.#pool = { ippool };
    this.#packets = registry.counter({
      name: "vmdhcpagent_packets_total",
      help: "Packets received, by message type and what became of them.",
      labelNames: ["ippool", "type", "outcome"],
    });
    this.#sendErrors = registry.counter({
      name: "vmdhcpagent_send_errors_total",
      help: "Frames that the kernel did not take, by error.",
      labelNames: ["ippool", "errno"],
    });
    this.#lostFrames = registry.counter({
      name: "vmdhcpagent_lost_frames_total",
      help: "Received frames that were never looked at: reason overrun when more came than the " +
        "agent could answer in time, tooLong when they were longer than any DHCP request.",
      labelNames: ["ippool", "reason"],
    });
    this.#replyLatency = registry.histogram({
      name: "vmdhcpagent_reply_latency_seconds",
      help: "Time from the kernel's receipt of a request until its reply was handed to the kernel.",
      labelNames: ["ippool"],
      buckets: LATENCY_BUCKETS_SECONDS,
    }).series(this.#pool);
    this.#internalErrors = registry.counter({
      name: "vmdhcpagent_internal_errors_total",
      help: "Packets whose answer failed for a fault of this program.",
      labelNames: ["ippool"],
    });
    this.#otherServerReplies = registry.counter({
      name: "vmdhcpagent_other_server_replies_total",
      help: "Broadcast replies seen of DHCP servers that are none of this pool.",
      labelNames: ["ippool"],
    });
    this.#foreignChaddr = registry.counter({
      name: "vmdhcpagent_foreign_chaddr_total",
      help: "Direct requests for a client that came from another Ethernet address.",
      labelNames: ["ippool"],
    });
    this.#ready = registry.gauge({
      name: "vmdhcpagent_ready",
      help: "1 while the agent answers, else 0.",
      labelNames: ["ippool"],
    });
  }

  /**
   * Counts a packet. Series of the registry cost too much to be looked up for each packet, so it
   * shows at the next {@link flush}.
   */
  packet(type: string, outcome: string): void {
    const outcomes = this.#pending.get(type);
    if (outcomes === undefined) this.#pending.set(type, new Map([[outcome, 1]]));
    else outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  /** Hands the packets counted so far to the registry. */
  flush(): void {
    for (const [type, outcomes] of this.#pending) {
      for (const [outcome, count] of outcomes) {
        this.#packets.inc({ ...this.#pool, type, outcome }, count);
      }
    }
    this.#pending.clear();
  }

  /** A reply was sent. @param latencyMs Since its request came in. */
  reply(latencyMs: number): void {
    this.#replyLatency.observe(latencyMs / 1000);
  }

  /** @param errno Symbol of the error, such as `ENOBUFS`. */
  sendErrors(errno: string, frames: number): void {
    this.#sendErrors.inc({ ...this.#pool, errno }, frames);
  }

  lostFrames({ overrun, tooLong }: LostFrames): void {
    if (overrun > 0) this.#lostFrames.inc({ ...this.#pool, reason: "overrun" }, overrun);
    if (tooLong > 0) this.#lostFrames.inc({ ...this.#pool, reason: "tooLong" }, tooLong);
  }

  internalError(): void {
    this.#internalErrors.inc(this.#pool);
  }

  otherServerReply(): void {
    this.#otherServerReplies.inc(this.#pool);
  }

  foreignChaddr(): void {
    this.#foreignChaddr.inc(this.#pool);
  }

  ready(ready: boolean): void {
    this.#ready.set(ready ? 1 : 0, this.#pool);
  }

  /** Takes back the state of an agent that is no more. */
  end(): void {
    this.#ready.remove(this.#pool);
  }
}
