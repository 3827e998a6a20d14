/** Answers the frames of one port from one lease table at a time. */

import { type AnswerContext, answerFrame } from "../dhcp/answer.ts";
import type { LeaseTable } from "../dhcp/lease.ts";
import { answerArpFrame, type ArpIdentity, encodeGratuitousArp } from "../net/arp.ts";
import { ETHERTYPE_ARP } from "../net/ethernet.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import { ErrnoError, type PacketPort, type ReceivedFrame } from "../sys/contract.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

export interface DhcpResponderOptions {
  readonly port: PacketPort;
  readonly metrics: AgentMetrics;
  readonly log: Logger;
  /** Writes a line at debug for each packet. */
  readonly logPackets: boolean;
}

/** The answers of one port. Silent until it has a table. */
export class DhcpResponder {
  readonly #port: PacketPort;
  readonly #metrics: AgentMetrics;
  readonly #log: Logger;
  readonly #logPackets: boolean;
  #context: AnswerContext | undefined;
  #arpIdentity: ArpIdentity | undefined;
  #internalErrorLogged = false;

  constructor({ port, metrics, log, logPackets }: DhcpResponderOptions) {
    this.#port = port;
    this.#metrics = metrics;
    this.#log = log;
    this.#logPackets = logPackets;
  }

  /**
   * Takes what the answers follow from now on, and announces the server's address when it is new.
   *
   * @param table `undefined` for silence.
   * @param ownAddresses Addresses of the interface that the kernel answers ARP for.
   */
  update(table: LeaseTable | undefined, ownAddresses: readonly Ipv4Address[]): void {
    const { macAddress, mtuBytes } = this.#port;
    this.#context = table === undefined ? undefined : { table, macAddress, mtuBytes };
    const serverIp = table?.paused === false ? table.parameters.serverIp : undefined;
    const before = this.#arpIdentity?.serverIp;
    this.#arpIdentity = serverIp === undefined || ownAddresses.includes(serverIp)
      ? undefined
      : { serverIp, macAddress };
    if (this.#arpIdentity !== undefined && this.#arpIdentity.serverIp !== before) {
      this.#send(encodeGratuitousArp(this.#arpIdentity));
    }
  }

  /** Answers a frame. Never throws, whatever the frame holds. */
  answer(frame: ReceivedFrame): void {
    try {
      if (isArp(frame.bytes)) this.#answerArp(frame.bytes);
      else this.#answerDhcp(frame);
    } catch (error) {
      this.#metrics.internalError();
      // One line, not one per packet: whoever can send a packet could fill the disk.
      if (this.#internalErrorLogged) return;
      this.#internalErrorLogged = true;
      this.#log.log("error", "cannot answer a packet: a fault of this program", {
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  #answerArp(bytes: Uint8Array): void {
    const reply = this.#arpIdentity && answerArpFrame(bytes, this.#arpIdentity);
    this.#metrics.packet("ARP", reply === undefined ? "ignored" : "reply");
    if (reply !== undefined) this.#send(reply);
  }

  #answerDhcp(frame: ReceivedFrame): void {
    if (this.#context === undefined) return this.#metrics.packet("unknown", "noTable");
    const answer = answerFrame(frame, this.#context);
    for (const reply of answer.replies) this.#send(reply);
    const type = answer.messageType ?? "unknown";
    this.#metrics.packet(type, answer.outcome);
    if (!this.#logPackets) return;
    this.#log.log("debug", "packet", {
      type,
      outcome: answer.outcome,
      mac: answer.mac === undefined ? undefined : formatMacAddress(answer.mac),
      state: answer.state,
      yiaddr: answer.yiaddr === undefined ? undefined : formatIpv4Address(answer.yiaddr),
    });
  }

  #send(frame: Uint8Array): void {
    try {
      this.#port.send(frame);
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
      // The client asks again; a port that is broken for good says so when it is waited for.
      this.#metrics.sendError(error.code);
    }
  }
}

function isArp(bytes: Uint8Array): boolean {
  return bytes[12] === ETHERTYPE_ARP >> 8 && bytes[13] === (ETHERTYPE_ARP & 255);
}
