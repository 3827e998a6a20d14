/** The host name that a client is told, option 12 (RFC 2132 section 3.14). */

import type { MacAddress } from "../../net/mac_address.ts";
import type { PoolParameters } from "../lease.ts";
import type { DhcpOption } from "../wire/message.ts";
import { OptionCode } from "../options/option_codes.ts";
import { encodeText } from "../options/option_values.ts";

/** Labels of RFC 1123 section 2.1: clients put the name into scripts and files. */
const HOST_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;
const HOST_NAME_BYTES_MAX = 253;

/** Option 12 for the client; `undefined` without a name, and for one that is no host name. */
export function hostNameOptionOf(
  mac: MacAddress,
  { hostNames }: PoolParameters,
): DhcpOption | undefined {
  const name = hostNames?.get(mac);
  if (name === undefined || name.length > HOST_NAME_BYTES_MAX || !HOST_NAME.test(name)) {
    return undefined;
  }
  return { code: OptionCode.hostName, value: encodeText(name) };
}
