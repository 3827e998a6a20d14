/** A run of damaged packets against the engine. */

import { type Answer, answerFrame } from "../../lib/dhcpv4/answer.ts";
import { traceFrame } from "../../lib/dhcpv4/trace/trace_frame.ts";
import { clientFrame, SERVER_MAC } from "../support/dhcp/dhcp_packets.ts";
import { violationOf } from "./invariants.ts";
import { mutate } from "./mutations.ts";
import { FULL_POOL, PLAIN_POOL } from "./pools.ts";
import { SeededRandom } from "./random.ts";
import { STIMULI } from "./stimuli.ts";

/** One packet in so many is also written as text, as a trace and a log would. */
const TRACE_EVERY = 50;

/** Packets between two looks at the whole: is a proper client still served, is anything kept? */
const CHECK_EVERY = 1000;

/** A packet that broke an invariant. */
export interface FuzzFailure {
  /** Number of the packet, from 0 on. */
  readonly index: number;
  readonly violation: string;
  readonly packet: Uint8Array;
}

/** What a run came to. */
export interface FuzzResult {
  /** Packets by outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failure: FuzzFailure | undefined;
}

/** What to run. */
export interface FuzzOptions {
  readonly seed: number;
  readonly packets: number;
  /** Called every thousand packets. */
  readonly onProgress?: (packetsDone: number, outcomes: ReadonlyMap<string, number>) => void;
}

/** Sends damaged packets until one breaks an invariant. */
export function runFuzz({ seed, packets, onProgress }: FuzzOptions): FuzzResult {
  const random = new SeededRandom(seed);
  const outcomes = new Map<string, number>();
  for (let index = 0; index < packets; index++) {
    const packet = mutate(random.pick(STIMULI), random);
    const table = random.oneIn(3) ? PLAIN_POOL : FULL_POOL;
    const frame = { bytes: packet, packetType: 1, checksumReady: random.oneIn(8) };
    const context = { table, macAddress: SERVER_MAC, mtuBytes: 1500 };
    let answer: Answer;
    try {
      answer = answerFrame(frame, context);
      if (index % TRACE_EVERY === 0) traceFrame(packet, context, frame.checksumReady);
    } catch (error) {
      return { outcomes, failure: { index, violation: `thrown: ${error}`, packet } };
    }
    outcomes.set(answer.outcome, (outcomes.get(answer.outcome) ?? 0) + 1);
    const violation = violationOf({ request: packet, answer, table, serverMac: SERVER_MAC }) ??
      (index % CHECK_EVERY === 0 ? serviceViolation() : undefined);
    if (violation !== undefined) return { outcomes, failure: { index, violation, packet } };
    if ((index + 1) % CHECK_EVERY === 0) onProgress?.(index + 1, outcomes);
  }
  return { outcomes, failure: undefined };
}

/** Whether a client that does all right still gets its OFFER. */
function serviceViolation(): string | undefined {
  const frame = { bytes: PROPER_DISCOVER, packetType: 1, checksumReady: true };
  const context = { table: PLAIN_POOL, macAddress: SERVER_MAC, mtuBytes: 1500 };
  const { outcome } = answerFrame(frame, context);
  return outcome === "offer" ? undefined : `a proper client gets ${outcome}`;
}

const PROPER_DISCOVER = clientFrame();
