/** Which options a pool may define by code and octets, and why not the others. */

import { OptionCode } from "./option_codes.ts";

/** Sent from a field of the pool of its own. */
const FIELDS: ReadonlyMap<number, string> = new Map([
  [OptionCode.router, "router"],
  [OptionCode.domainNameServer, "dns"],
  [OptionCode.domainName, "domainName"],
  [OptionCode.interfaceMtu, "mtu"],
  [OptionCode.staticRoute, "routes"],
  [OptionCode.ntpServers, "ntp"],
  [OptionCode.ipAddressLeaseTime, "leaseTime"],
  [OptionCode.tftpServerName, "boot"],
  [OptionCode.bootfileName, "boot"],
  [OptionCode.ipv6OnlyPreferred, "ipv6OnlyWait"],
  [OptionCode.captivePortal, "captivePortal"],
  [OptionCode.domainSearch, "domainSearch"],
  [OptionCode.classlessStaticRoute, "routes"],
  [OptionCode.microsoftClasslessStaticRoute, "routes"],
]);

/** Computed for each reply. */
const COMPUTED: ReadonlySet<number> = new Set([
  OptionCode.subnetMask,
  OptionCode.hostName,
  OptionCode.broadcastAddress,
  OptionCode.overload,
  OptionCode.messageType,
  OptionCode.serverIdentifier,
  OptionCode.message,
  OptionCode.renewalTime,
  OptionCode.rebindingTime,
  OptionCode.vendorClassIdentifier,
  OptionCode.clientIdentifier,
  OptionCode.rapidCommit,
  OptionCode.relayAgentInformation,
  OptionCode.subnetSelection,
]);

/** Said by clients only. */
const OF_CLIENTS: ReadonlySet<number> = new Set([
  OptionCode.requestedIpAddress,
  OptionCode.parameterRequestList,
  OptionCode.maximumMessageSize,
  OptionCode.clientFqdn,
  OptionCode.clientSystemArchitecture,
]);

/**
 * Why a pool cannot define this option itself.
 *
 * @param code The code of the option.
 * @param valueBytes Octets of its value.
 * @returns The reason as the rest of a sentence about the option, or `undefined` when it can.
 */
export function customOptionRefusal(code: number, valueBytes: number): string | undefined {
  if (!Number.isInteger(code) || code < 1 || code > 254) {
    return "is no option: codes go from 1 to 254";
  }
  const field = FIELDS.get(code);
  if (field !== undefined) return `is sent from the field ${field}: set that instead`;
  if (COMPUTED.has(code)) return "is set by the server in each reply";
  if (OF_CLIENTS.has(code)) return "is sent by clients only";
  if (valueBytes === 0) return "has no value: no option that this server sends may be empty";
  return undefined;
}
