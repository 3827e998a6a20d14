/** Answers the frames of one port from one lease table at a time. */

import { errorOf } from "../base/errors.ts";
import { defined } from "../base/json.ts";
import type { Clock } from "../base/clock.ts";
import { type RateLimit, TokenBucket } from "../base/token_bucket.ts";
import { type Answer, type AnswerContext, answerFrame } from "../dhcpv4/answer.ts";
import { LineLimits } from "../dhcpv4/guard/line_limits.ts";
import { OptionCode } from "../dhcpv4/options/registry.ts";
import { TEXT } from "../dhcpv4/options/text.ts";
import { decodeMessage } from "../dhcpv4/wire/decode.ts";
import { ETHERTYPE_ARP, type ReceivedFrame } from "../net/ethernet.ts";
import { UDP_PAYLOAD_OFFSET } from "../net/frame.ts";
import { FrameMemory } from "../net/frame_memory.ts";
import { isIcmpFrame } from "../net/icmp.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { PacketPort } from "../sys/contract.ts";
import type { AgentMetrics } from "./agent_metrics.ts";
import { LeaseLog } from "./lease_log.ts";
import { LeftOutOptions } from "./left_out_options.ts";
import type { ServedPool } from "./served_pool.ts";
import { type AddressClaim, ServerAddress } from "./server_address.ts";
import type { WireMemory } from "./wire/wire_memory.ts";

/**
 * The oldest frame that is answered. When this process stood still for longer, the client has asked
 * again or gone elsewhere. Only then the kernel's stamps are looked at: they follow the system's clock,
 * which somebody may set at any time.
 */
const FRAME_AGE_MS_MAX = 5000;

/** Lines about replicas: whoever pretends to be many cannot fill the disk. */
const LOST_REPLICA_LINES: RateLimit = { perSecond: 1 / 60, burst: 5 };

/** Lines about bugs: one at once, then one in ten minutes, so that another bug is named as well. */
const INTERNAL_ERROR_LINES: RateLimit = { perSecond: 1 / 600, burst: 1 };

export interface ResponderOptions {
  readonly port: PacketPort;
  readonly served: ServedPool;
  readonly metrics: AgentMetrics;
  readonly wire: WireMemory;
  readonly log: Logger;
  readonly clock: Clock;
  /** Logs each packet at debug, and measures the stages of its answer. */
  readonly logPackets: boolean;
  /** Logs each message and each reply at info. */
  readonly logLeases: boolean;
}

/** The answers of one port. Silent until it has a table. */
export class Responder {
  readonly #port: PacketPort;
  readonly #served: ServedPool;
  readonly #metrics: AgentMetrics;
  readonly #log: Logger;
  readonly #logPackets: boolean;
  readonly #clock: Clock;
  readonly #lineLimits: LineLimits;
  readonly #leaseLog: LeaseLog | undefined;
  readonly #wire: WireMemory;
  readonly #serverAddress: ServerAddress;
  readonly #leftOutOptions: LeftOutOptions;
  readonly #memory = new FrameMemory();
  #context: AnswerContext | undefined;
  /** When this pass began. Reading the clocks for each frame would take a tenth of its answer. */
  #passMs = 0;
  /** How long frames of this pass may have waited. */
  #waitedMsMax = Infinity;
  #passMonotonicMs = 0;
  /** When the requests of the queued replies came in. */
  readonly #receivedMs: number[] = [];
  /** When these replies were written; kept only while packets are logged. */
  readonly #writtenMs: number[] = [];
  readonly #internalErrorLines: TokenBucket;
  readonly #lostReplicaLines: TokenBucket;

  constructor(options: ResponderOptions) {
    const { port, served, metrics, wire, log, clock, logPackets, logLeases } = options;
    this.#port = port;
    this.#served = served;
    this.#metrics = metrics;
    this.#log = log;
    this.#logPackets = logPackets;
    this.#clock = clock;
    const nowMs = clock.monotonicMs();
    this.#internalErrorLines = new TokenBucket(INTERNAL_ERROR_LINES, nowMs);
    this.#lostReplicaLines = new TokenBucket(LOST_REPLICA_LINES, nowMs);
    this.#lineLimits = new LineLimits(nowMs);
    const { interfaceName } = port;
    this.#leaseLog = logLeases ? new LeaseLog({ log, interfaceName, nowMs }) : undefined;
    this.#wire = wire;
    wire.usePort(port);
    this.#serverAddress = new ServerAddress({
      port,
      metrics,
      onFurtherClaim: (claim, claimedMs) => wire.hosts.noteClaim(claim, claimedMs),
      onIntruder: (claim, claimedMs) => wire.hosts.noteIntruder(claim, claimedMs),
      onLostReplica: (mac) => this.#sayLost(mac),
    });
    this.#leftOutOptions = new LeftOutOptions(metrics, log);
  }

  /**
   * Answers from what is served now, and announces the server's address when it is new.
   *
   * @param ownAddresses Addresses of the interface, for which the kernel answers.
   */
  update(ownAddresses: readonly Ipv4Address[]): void {
    const { macAddress, mtuBytes } = this.#port;
    const { table } = this.#served;
    this.#context = table && { table, macAddress, mtuBytes, memory: this.#memory };
    this.#serverAddress.update(table, ownAddresses);
    this.flush();
  }

  /** Looks whether the other agents of the pool are there; called twice a second. */
  watchReplicas(): void {
    this.#serverAddress.watchReplicas();
    this.flush();
  }

  /** Has another agent of the pool asked from now on. */
  handOver(): void {
    this.#serverAddress.handOver();
    this.flush();
  }

  /** The host that used the server's address lately, if there was one. */
  claim(): AddressClaim | undefined {
    return this.#serverAddress.claim(this.#clock.monotonicMs());
  }

  /**
   * Counts the frames that the port has lost since the last call, and what changes with time alone.
   *
   * @param overload Frames that were passed over meanwhile.
   */
  countLostFrames(overload: number): void {
    this.#metrics.lostFrames({ overload, ...this.#port.takeLostFrames() });
    this.#wire.count(this.#served.table);
  }

  /**
   * Begins a pass over the waiting frames.
   *
   * @param waitedMsMax How long frames may have waited, by a clock that nobody sets.
   */
  begin(waitedMsMax = Infinity): void {
    this.#waitedMsMax = waitedMsMax;
    this.#passMs = this.#port.stampMs();
    this.#passMonotonicMs = this.#clock.monotonicMs();
  }

  /** Queues the answer to a frame of this pass. Never throws, whatever the frame holds. */
  answer(frame: ReceivedFrame): void {
    try {
      if (this.#isStale(frame)) {
        this.#metrics.packet("unknown", "stale");
      } else if (isArp(frame.bytes)) {
        this.#serverAddress.receiveArp(frame.bytes, this.#passMonotonicMs);
        const table = this.#context?.table;
        if (table !== undefined) this.#wire.noteArp(frame.bytes, table, this.#passMonotonicMs);
      } else if (isIcmpFrame(frame.bytes)) {
        this.#serverAddress.receiveIcmp(frame.bytes);
      } else this.#answerDhcp(frame);
    } catch (error) {
      this.#metrics.internalError();
      // Not one line per packet: anybody who can send packets could fill the disk.
      if (!this.#internalErrorLines.take(this.#passMonotonicMs)) return;
      this.#log.log("error", "cannot answer a packet because of a bug in this program", {
        error: errorOf(error),
      });
    }
  }

  /** Ends a pass: sends the queued answers. */
  flush(): void {
    for (const { code, frames } of this.#port.flush()) {
      // The clients ask again. A port that is broken for good fails at the next wait.
      this.#metrics.sendErrors(code, frames);
    }
    if (this.#receivedMs.length === 0) return;
    const nowMs = this.#port.stampMs();
    const mostMs = this.#waitedMsMax + this.#clock.monotonicMs() - this.#passMonotonicMs;
    for (const receivedMs of this.#receivedMs) {
      // It is negative when somebody has set the clock back meanwhile, and too much when ahead.
      this.#metrics.reply(Math.min(mostMs, Math.max(0, nowMs - receivedMs)));
    }
    for (const writtenMs of this.#writtenMs) {
      this.#metrics.replyStage("send", Math.max(0, nowMs - writtenMs));
    }
    this.#receivedMs.length = 0;
    this.#writtenMs.length = 0;
  }

  #sayLost(mac: MacAddress): void {
    if (!this.#lostReplicaLines.take(this.#clock.monotonicMs())) return;
    this.#log.log("info", "another agent of the pool is silent; its clients are told to ask here", {
      mac: formatMacAddress(mac),
    });
  }

  #isStale({ receivedMs }: ReceivedFrame): boolean {
    return this.#waitedMsMax > FRAME_AGE_MS_MAX && this.#passMs - receivedMs > FRAME_AGE_MS_MAX;
  }

  #answerDhcp(frame: ReceivedFrame): void {
    if (this.#context === undefined) {
      this.#metrics.packet("unknown", "noTable");
      return;
    }
    const { table } = this.#context;
    const takenMs = this.#logPackets ? this.#port.stampMs() : 0;
    const answer = answerFrame(frame, this.#context);
    if (this.#logPackets) this.#noteStages(answer, frame.receivedMs, takenMs);
    for (const reply of answer.replies) {
      this.#port.send(reply);
      this.#receivedMs.push(frame.receivedMs);
    }
    const kind = this.#metrics.packet(answer.messageType ?? "unknown", answer.outcome);
    if (answer.isForeignChaddr) this.#metrics.foreignChaddr();
    if (answer.leftOut.length > 0) {
      const nowMs = this.#passMonotonicMs;
      this.#leftOutOptions.note(answer.leftOut, answer.mac!, { table, nowMs });
    }
    this.#wire.note(kind, answer, { frame, table, nowMs: this.#passMonotonicMs });
    if (this.#logPackets) this.#logPacket(answer, frame);
    this.#leaseLog?.note(answer, frame.bytes, table, this.#passMonotonicMs);
  }

  #noteStages({ replies }: Answer, receivedMs: number, takenMs: number): void {
    if (replies.length === 0) return;
    const writtenMs = this.#port.stampMs();
    this.#metrics.replyStage("wait", Math.max(0, takenMs - receivedMs));
    this.#metrics.replyStage("answer", Math.max(0, writtenMs - takenMs));
    this.#writtenMs.push(writtenMs);
  }

  #logPacket(answer: Answer, { bytes }: ReceivedFrame): void {
    const { messageType, outcome, mac, state, yiaddr, replies: [reply] } = answer;
    // A frame that is too short for an Ethernet header has no source of its own.
    const source = macAddressFromBytes(bytes.length < 12 ? NO_HEADER : bytes, 6);
    const leftOut = this.#lineLimits.take(outcome, source, this.#passMonotonicMs);
    if (leftOut === undefined) return;
    this.#log.log("debug", "packet", {
      type: messageType ?? "unknown",
      outcome,
      mac: mac === undefined ? undefined : formatMacAddress(mac),
      state,
      yiaddr: yiaddr === undefined ? undefined : formatIpv4Address(yiaddr),
      leftOut: leftOut === 0 ? undefined : leftOut,
      ...defined({ bootFile: reply && bootFileIn(reply) }),
    });
  }
}

const NO_HEADER = new Uint8Array(12);

/** Option 67, with which a reply names the file that a boot client loads. */
function bootFileIn(reply: Uint8Array): string | undefined {
  const decoded = decodeMessage(reply.subarray(UDP_PAYLOAD_OFFSET));
  const value = decoded.ok ? decoded.message.options.get(OptionCode.bootfileName) : undefined;
  return value && TEXT.decode(value);
}

function isArp(bytes: Uint8Array): boolean {
  return bytes[12] === ETHERTYPE_ARP >> 8 && bytes[13] === (ETHERTYPE_ARP & 255);
}
