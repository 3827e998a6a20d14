/** Which of the configured options a client gets, and in which order. */

import type { ClientRequest } from "./classify.ts";
import { hostNameOptionOf } from "./host_name.ts";
import type { PoolParameters } from "./lease.ts";
import type { DhcpOption } from "./message.ts";
import { OptionCode } from "./option_codes.ts";
import type { PoolOptions } from "./pool_options.ts";

/** Entries of a parameter request list that are looked at: as many as there are codes. */
const REQUEST_LIST_MAX = 255;

/**
 * Configured options in the client's order of preference (RFC 2132 section 9.8), each once, then
 * what every client gets. A client without a list gets all that makes sense without being asked.
 *
 * @param pool The options of these parameters.
 */
export function requestedOptions(
  request: ClientRequest,
  pool: PoolOptions,
  parameters: PoolParameters,
): DhcpOption[] {
  const hostName = hostNameOptionOf(request.mac, parameters);
  const list = request.message.options.get(OptionCode.parameterRequestList);
  if (list === undefined || list.length === 0) {
    return hostName === undefined ? [...pool.configured] : [...pool.configured, hostName];
  }
  const chosen: DhcpOption[] = [];
  const entries = Math.min(list.length, REQUEST_LIST_MAX);
  for (let i = 0; i < entries; i++) {
    const code = list[i]!;
    const option = code === OptionCode.hostName ? hostName : pool.byCode[code];
    if (option === undefined || chosen.includes(option)) continue;
    // Clients that know option 121 must ignore this one (RFC 3442, page 6).
    if (code === OptionCode.staticRoute && list.includes(OptionCode.classlessStaticRoute)) continue;
    chosen.push(option);
  }
  for (const option of pool.always) {
    if (!chosen.includes(option)) chosen.push(option);
  }
  return chosen;
}
