/** Decision to frames: the reply, once for each place where it goes. */

import {
  encodeUdpHeaders,
  sealUdpFrame,
  UDP_PAYLOAD_OFFSET,
  type ZeroOctets,
} from "../../net/frame.ts";
import type { FrameMemory } from "../../net/frame_memory.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { ClientRequest } from "./classify.ts";
import { destinationsOf } from "./destination.ts";
import { sizeReply, writeReply } from "../wire/encode.ts";
import { SERVER_PORT } from "../wire/message.ts";
import type { LeaseTable } from "../lease.ts";
import { FieldOffset } from "../wire/message_layout.ts";
import { OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import { composeReply, type ReplyDecision } from "./reply.ts";
import { messageLimitBytes } from "../wire/size_limit.ts";

/**
 * How much larger than its request a reply may be when it does not go to the sender. A forged
 * `chaddr` must not turn a small packet into a large one for its victim.
 */
const AMPLIFICATION_BYTES_MAX = 600;

/** The frames that answer a request. */
export interface EncodedReplies {
  /** Complete Ethernet frames: one or two. */
  readonly frames: readonly Uint8Array[];
  /** Options that the reply had no room for. */
  readonly leftOut: readonly DhcpOption[];
}

/** Where `sname` and `file` lie in a frame. */
const NAMES: ZeroOctets = {
  start: UDP_PAYLOAD_OFFSET + FieldOffset.sname,
  end: UDP_PAYLOAD_OFFSET + FieldOffset.cookie,
};

/** Writes the frames that answer a request. */
export function encodeReplies(
  decision: ReplyDecision,
  request: ClientRequest,
  { table, macAddress, mtuBytes, memory }: {
    readonly table: LeaseTable;
    /** Address of the interface. */
    readonly macAddress: MacAddress;
    /** MTU of the interface. */
    readonly mtuBytes: number;
    /** Where the frames are written; without it, each frame has memory of its own. */
    readonly memory?: FrameMemory;
  },
): EncodedReplies {
  const { parameters } = table;
  const message = composeReply(decision, request, table);
  // What the pool says of its network's MTU holds for this packet as well.
  const pathMtuBytes = Math.min(mtuBytes, parameters.mtu ?? mtuBytes);
  const reply = sizeReply(message, limitBytesOf(request, pathMtuBytes));
  const frames = destinationsOf(decision, message, { request, parameters }).map(
    ({ ip, mac, port }) => {
      const frame = encodeUdpHeaders(
        {
          ethernetSource: macAddress,
          ethernetDestination: mac,
          sourceIp: parameters.serverIp,
          destinationIp: ip,
          sourcePort: SERVER_PORT,
          destinationPort: port,
        },
        reply.sizeBytes,
        memory,
      );
      writeReply(reply, frame, UDP_PAYLOAD_OFFSET);
      sealUdpFrame(frame, reply.hasNoNames ? NAMES : undefined);
      return frame;
    },
  );
  return { frames, leftOut: reply.layout.leftOut };
}

function limitBytesOf(request: ClientRequest, mtuBytes: number): number {
  const { message, frame, link, mac } = request;
  const maximumMessageSize = message.options.uint16(OptionCode.maximumMessageSize);
  const limitBytes = messageLimitBytes(maximumMessageSize, mtuBytes);
  const isToSender = !link.isRelayed && frame.ethernetSource === mac;
  return isToSender
    ? limitBytes
    : Math.min(limitBytes, frame.payload.length + AMPLIFICATION_BYTES_MAX);
}
