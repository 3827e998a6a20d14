/** What does not fit into replies to clients that take small packets only. */

import { encodeOption, OptionCode } from "./options/registry.ts";
import type { DhcpOption } from "./options/value_kind.ts";
import type { PoolParameters } from "./pool.ts";
import { encodePoolOptions, type PoolOptions } from "./pool_options.ts";
import { FieldOffset } from "./wire/message_layout.ts";
import { layOutOptions } from "./wire/overload.ts";
import { messageLimitBytes } from "./wire/size_limit.ts";

/** A client identifier of RFC 4361 with a DUID by link-layer address and time, as most are. */
const CLIENT_IDENTIFIER = new Uint8Array(19);

/** The MTU of Ethernet: more than clients without option 57 take. */
const ETHERNET_MTU_BYTES = 1500;

/** What a pool has no room for. */
export interface WithoutRoom {
  /** Octets for all options of a reply; more lie in `file` and `sname` for clients with a list. */
  readonly roomBytes: number;
  /** Not told to a client that asks for all that the pool has. */
  readonly asked: readonly DhcpOption[];
  /** Not told to a client without a list of what it wants (option 55). */
  readonly withoutList: readonly DhcpOption[];
}

/**
 * What a client without option 57 is not told, since its reply has no room for it. Host name, boot file
 * and relay information, which differ from client to client, are not counted.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { poolParameters } from "../../tests/support/dhcp/dhcp_packets.ts";
 * const { asked } = optionsWithoutRoom(poolParameters());
 * deepEqual(asked, []);
 * ```
 */
export function optionsWithoutRoom(parameters: PoolParameters): WithoutRoom {
  const pool = encodePoolOptions(parameters);
  const mtuBytes = parameters.mtu ?? ETHERNET_MTU_BYTES;
  const roomBytes = messageLimitBytes(undefined, mtuBytes) - FieldOffset.options - 1;
  return {
    roomBytes,
    asked: leftOut(pool, { options: askedOf(pool), mayOverload: true, roomBytes }),
    withoutList: leftOut(pool, { options: pool.configured, mayOverload: false, roomBytes }),
  };
}

/** Everything, but option 33, which clients that ask for 121 do not get (RFC 3442). */
function askedOf({ configured, byCode }: PoolOptions): readonly DhcpOption[] {
  const all = new Set([...configured, ...byCode.filter((option) => option !== undefined)]);
  const hasRoutes = byCode[OptionCode.classlessStaticRoute] !== undefined;
  return [...all].filter(({ code }) => code !== OptionCode.staticRoute || !hasRoutes);
}

function leftOut(
  { leaseHeads, subnetMask }: PoolOptions,
  { options, mayOverload, roomBytes }: {
    readonly options: readonly DhcpOption[];
    readonly mayOverload: boolean;
    readonly roomBytes: number;
  },
): readonly DhcpOption[] {
  const reply = [
    leaseHeads.ack,
    encodeOption(OptionCode.renewalTime, 0),
    encodeOption(OptionCode.rebindingTime, 0),
    subnetMask,
    ...options,
    { code: OptionCode.clientIdentifier, value: CLIENT_IDENTIFIER },
  ];
  return layOutOptions({ file: new Uint8Array(), mayOverload, options: reply }, roomBytes).leftOut;
}
