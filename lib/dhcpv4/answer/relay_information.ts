/** What relay agents say in option 82, as far as it changes the answer (RFC 3046 section 2.0). */

import { readUint32 } from "../../net/bytes.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { subOptionEnd } from "../options/sub_options.ts";

/** Sub-options that are looked at; the others only go back as they came. */
const SubOption = {
  /** RFC 5107. */
  serverIdentifierOverride: 11,
  /** RFC 8357. */
  relaySourcePort: 19,
} as const;

/** Relay agent information of one message. */
export interface RelayInformation {
  /** The address by which clients shall know the server. */
  readonly serverIdentifierOverride: Ipv4Address | undefined;
  /** Whether the relay wants replies at the port that it sent from. */
  readonly hasSourcePort: boolean;
}

/** What a message without option 82 says. */
export const NO_RELAY_INFORMATION: RelayInformation = {
  serverIdentifierOverride: undefined,
  hasSourcePort: false,
};

/** Reads the value of option 82. One that runs past its end says nothing at all. */
export function readRelayInformation(value: Uint8Array): RelayInformation {
  let serverIdentifierOverride: Ipv4Address | undefined;
  let hasSourcePort = false;
  let at = 0;
  while (at < value.length) {
    const end = subOptionEnd(value, at);
    if (end === undefined) return NO_RELAY_INFORMATION;
    const code = value[at];
    if (code === SubOption.serverIdentifierOverride && end === at + 6) {
      serverIdentifierOverride = readUint32(value, at + 2) as Ipv4Address;
    }
    if (code === SubOption.relaySourcePort) hasSourcePort = true;
    at = end;
  }
  return { serverIdentifierOverride, hasSourcePort };
}
