/** Which of the configured options a client gets, and in which order. */

import type { ClientRequest } from "./classify.ts";
import { hostNameOptionOf } from "./host_name.ts";
import type { PoolParameters } from "./lease.ts";
import type { DhcpOption } from "./message.ts";
import { OptionCode } from "./option_codes.ts";
import { poolOptionsOf } from "./pool_options.ts";

/** Entries of a parameter request list that are looked at: as many as there are codes. */
const REQUEST_LIST_MAX = 255;

/**
 * Adds configured options in the client's order of preference (RFC 2132 section 9.8), each once,
 * then what every client gets. A client without a list gets all that makes sense without being
 * asked.
 *
 * @param options The options of the reply so far.
 */
export function pushRequestedOptions(
  options: DhcpOption[],
  request: ClientRequest,
  parameters: PoolParameters,
): void {
  const pool = poolOptionsOf(parameters);
  const hostName = hostNameOptionOf(request.mac, parameters);
  const list = request.message.options.get(OptionCode.parameterRequestList);
  if (list === undefined || list.length === 0) {
    for (const option of pool.configured) options.push(option);
    if (hostName !== undefined) options.push(hostName);
    return;
  }
  const entries = Math.min(list.length, REQUEST_LIST_MAX);
  for (let i = 0; i < entries; i++) {
    const code = list[i]!;
    const option = code === OptionCode.hostName ? hostName : pool.byCode[code];
    if (option === undefined || hasOption(options, option)) continue;
    // Clients that know option 121 must ignore this one (RFC 3442).
    if (code === OptionCode.staticRoute && list.includes(OptionCode.classlessStaticRoute)) continue;
    options.push(option);
  }
  for (const option of pool.always) {
    if (!hasOption(options, option)) options.push(option);
  }
}

/** A loop of our own: for so few options the built-in call takes several times as long. */
function hasOption(options: readonly DhcpOption[], option: DhcpOption): boolean {
  for (const known of options) if (known === option) return true;
  return false;
}
