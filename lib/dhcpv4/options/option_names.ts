/** Names of options and the forms of their values, as their RFCs have them; RFC 2132 mostly. */

import { OptionCode } from "./option_codes.ts";
import {
  formatAddresses,
  formatClasslessRoutes,
  formatCodes,
  formatDomainSearch,
  formatMessageType,
  formatSeconds,
  formatStaticRoutes,
  formatSubOptions,
  formatText,
  formatUint16s,
  type ValueFormat,
} from "./option_formats.ts";

const NAMES: ReadonlyMap<number, readonly [name: string, format?: ValueFormat]> = new Map([
  [OptionCode.subnetMask, ["subnet mask", formatAddresses]],
  [2, ["time offset"]],
  [OptionCode.router, ["router", formatAddresses]],
  [4, ["time server", formatAddresses]],
  [OptionCode.domainNameServer, ["domain name server", formatAddresses]],
  [7, ["log server", formatAddresses]],
  [OptionCode.hostName, ["host name", formatText]],
  [OptionCode.domainName, ["domain name", formatText]],
  [17, ["root path", formatText]],
  [OptionCode.interfaceMtu, ["interface MTU", formatUint16s]],
  [OptionCode.broadcastAddress, ["broadcast address", formatAddresses]],
  [31, ["perform router discovery", formatCodes]],
  [OptionCode.staticRoute, ["static route", formatStaticRoutes]],
  [40, ["NIS domain", formatText]],
  [41, ["NIS servers", formatAddresses]],
  [OptionCode.ntpServers, ["NTP servers", formatAddresses]],
  [43, ["vendor-specific information"]],
  [44, ["NetBIOS name server", formatAddresses]],
  [46, ["NetBIOS node type", formatCodes]],
  [47, ["NetBIOS scope", formatText]],
  [OptionCode.requestedIpAddress, ["requested IP address", formatAddresses]],
  [OptionCode.ipAddressLeaseTime, ["IP address lease time", formatSeconds]],
  [OptionCode.overload, ["option overload", formatCodes]],
  [OptionCode.messageType, ["DHCP message type", formatMessageType]],
  [OptionCode.serverIdentifier, ["server identifier", formatAddresses]],
  [OptionCode.parameterRequestList, ["parameter request list", formatCodes]],
  [OptionCode.message, ["message", formatText]],
  [OptionCode.maximumMessageSize, ["maximum DHCP message size", formatUint16s]],
  [OptionCode.renewalTime, ["renewal (T1) time", formatSeconds]],
  [OptionCode.rebindingTime, ["rebinding (T2) time", formatSeconds]],
  [OptionCode.vendorClassIdentifier, ["vendor class identifier", formatText]],
  [OptionCode.clientIdentifier, ["client identifier"]],
  [OptionCode.tftpServerName, ["TFTP server name", formatText]],
  [OptionCode.bootfileName, ["bootfile name", formatText]],
  [77, ["user class", formatText]],
  [OptionCode.rapidCommit, ["rapid commit"]],
  [OptionCode.clientFqdn, ["client FQDN"]],
  [OptionCode.relayAgentInformation, ["relay agent information", formatSubOptions]],
  [OptionCode.clientSystemArchitecture, ["client system architecture", formatUint16s]],
  [94, ["client network interface"]],
  [97, ["client machine identifier"]],
  [OptionCode.ipv6OnlyPreferred, ["IPv6-only preferred", formatSeconds]],
  [OptionCode.captivePortal, ["captive portal", formatText]],
  [116, ["auto-configure", formatCodes]],
  [OptionCode.subnetSelection, ["subnet selection", formatAddresses]],
  [OptionCode.domainSearch, ["domain search", formatDomainSearch]],
  [120, ["SIP servers"]],
  [OptionCode.classlessStaticRoute, ["classless static route", formatClasslessRoutes]],
  [124, ["vendor-identifying vendor class"]],
  [125, ["vendor-identifying vendor-specific information"]],
  [145, ["FORCERENEW nonce capable"]],
  [
    OptionCode.microsoftClasslessStaticRoute,
    ["classless static route (Microsoft)", formatClasslessRoutes],
  ],
  [252, ["web proxy auto-discovery", formatText]],
]);

/** The name of the option in its RFC; `undefined` for one that is not in the list. */
export function optionName(code: number): string | undefined {
  return NAMES.get(code)?.[0];
}

/** The value as text; `undefined` when it does not have the form of the option. */
export function formatOptionValue(code: number, value: Uint8Array): string | undefined {
  return NAMES.get(code)?.[1]?.(value);
}
