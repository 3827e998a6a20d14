/** Options that only the server sets, whatever the pool configures. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { type DhcpOption, type MessageType, messageTypeCode } from "../wire/message.ts";
import { OptionCode } from "../options/option_codes.ts";
import { encodeAddresses, encodeUint32 } from "../options/option_values.ts";

/** Option 53. */
export function messageTypeOption(type: MessageType): DhcpOption {
  return { code: OptionCode.messageType, value: [messageTypeCode(type)] };
}

/** Option 54. */
export function serverIdentifierOption(address: Ipv4Address): DhcpOption {
  return { code: OptionCode.serverIdentifier, value: encodeAddresses([address]) };
}

/** Option 51. */
export function ipAddressLeaseTimeOption(leaseSeconds: number): DhcpOption {
  return { code: OptionCode.ipAddressLeaseTime, value: encodeUint32(leaseSeconds) };
}
