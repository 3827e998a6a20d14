/** Codes of the options that this server knows; RFC 2132 where nothing else stands. */

/** Option codes by their names in the RFCs. */
export const OptionCode = {
  /** A single octet without length. */
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  domainName: 15,
  interfaceMtu: 26,
  broadcastAddress: 28,
  staticRoute: 33,
  ntpServers: 42,
  requestedIpAddress: 50,
  ipAddressLeaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClassIdentifier: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootfileName: 67,
  /** RFC 4039. */
  rapidCommit: 80,
  /** RFC 4702. */
  clientFqdn: 81,
  /** RFC 3046. */
  relayAgentInformation: 82,
  /** RFC 4578. */
  clientSystemArchitecture: 93,
  /** RFC 8925. */
  ipv6OnlyPreferred: 108,
  /** RFC 8910. */
  captivePortal: 114,
  /** RFC 3011. */
  subnetSelection: 118,
  /** RFC 3397. */
  domainSearch: 119,
  /** RFC 3442. */
  classlessStaticRoute: 121,
  /** Option 121 as Windows asked for it before RFC 3442. */
  microsoftClasslessStaticRoute: 249,
  /** A single octet without length. */
  end: 255,
} as const;

/**
 * Octets of the options whose value is a number or an address. A message that carries one of them
 * with another length cannot be trusted in the rest either.
 */
export const FIXED_LENGTHS: readonly { readonly code: number; readonly bytes: number }[] = [
  { code: OptionCode.requestedIpAddress, bytes: 4 },
  { code: OptionCode.ipAddressLeaseTime, bytes: 4 },
  { code: OptionCode.serverIdentifier, bytes: 4 },
  { code: OptionCode.maximumMessageSize, bytes: 2 },
];
