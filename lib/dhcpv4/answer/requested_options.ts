/** Which of the configured options a client gets, and in which order. */

import type { MacAddress } from "../../net/mac_address.ts";
import type { LeaseTable } from "../lease.ts";
import { encodeOption, OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { PoolParameters } from "../pool.ts";
import type { PoolOptions } from "../pool_options.ts";
import { type OptionRun, type ReplyOption, REQUEST_LIST_MAX } from "../wire/message.ts";
import { createOptionRun } from "../wire/option_encoding.ts";
import type { ClientRequest } from "./classify.ts";

/** Labels of RFC 1123 section 2.1: clients put the name into scripts and files. */
const HOST_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;
const HOST_NAME_BYTES_MAX = 253;

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
  { parameters, options: pool }: LeaseTable,
): void {
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

/** Option 12 for the client; `undefined` without a name, and for one that is no host name. */
export function hostNameOptionOf(
  mac: MacAddress,
  { hostNames }: PoolParameters,
): DhcpOption | undefined {
  const name = hostNames?.get(mac);
  if (name === undefined || name.length > HOST_NAME_BYTES_MAX || !HOST_NAME.test(name)) {
    return undefined;
  }
  return encodeOption(OptionCode.hostName, name);
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
