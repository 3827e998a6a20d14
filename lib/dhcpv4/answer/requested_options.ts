/** Which of the configured options a client gets, and in which order. */

import type { ClientRequest } from "./classify.ts";
import { hostNameOptionOf } from "./host_name.ts";
import type { PoolParameters } from "../lease.ts";
import type { DhcpOption, OptionRun, ReplyOption } from "../wire/message.ts";
import { OptionCode } from "../options/option_codes.ts";
import { createOptionRun } from "../wire/option_encoding.ts";
import { type PoolOptions, poolOptionsOf } from "./pool_options.ts";

/** Entries of a parameter request list that are looked at: as many as there are codes. */
const REQUEST_LIST_MAX = 255;

/**
 * Adds the subnet mask, in front of all others because it must precede the router (RFC 2132 section
 * 3.3); then configured options in the client's order of preference (section 9.8), each once, then
 * what every client gets. A client without a list gets all that makes sense without being asked.
 *
 * @param options The options of the reply so far.
 */
export function pushRequestedOptions(
  options: ReplyOption[],
  request: ClientRequest,
  parameters: PoolParameters,
): void {
  const pool = poolOptionsOf(parameters);
  const hostName = hostNameOptionOf(request.mac, parameters);
  const asked = request.message.options;
  const hasList = (asked.lengthOf(OptionCode.parameterRequestList) ?? 0) > 0;
  if (!hasList) {
    options.push(pool.configuredRun);
    if (hostName !== undefined) options.push(hostName);
  } else if (hostName === undefined) {
    options.push(pool.requestedRuns.find(asked) ?? addRun(pool, request));
  } else {
    options.push(...requestedOptions(pool, requestListOf(request), hostName));
  }
}

function addRun(pool: PoolOptions, request: ClientRequest): OptionRun {
  const list = requestListOf(request);
  const run = createOptionRun(requestedOptions(pool, list, undefined));
  if (list.length <= REQUEST_LIST_MAX) pool.requestedRuns.add(list, run);
  return run;
}

function requestListOf({ message }: ClientRequest): Uint8Array {
  return message.options.get(OptionCode.parameterRequestList)!;
}

function requestedOptions(
  pool: PoolOptions,
  list: Uint8Array,
  hostName: DhcpOption | undefined,
): readonly DhcpOption[] {
  const found = new Set([pool.subnetMask]);
  for (const code of list.subarray(0, REQUEST_LIST_MAX)) {
    const option = code === OptionCode.hostName ? hostName : pool.byCode[code];
    // Clients that know option 121 must ignore option 33 (RFC 3442).
    const isUseless = code === OptionCode.staticRoute &&
      list.includes(OptionCode.classlessStaticRoute);
    if (option !== undefined && !isUseless) found.add(option);
  }
  for (const option of pool.always) found.add(option);
  return [...found];
}
