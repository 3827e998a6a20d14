/** Codes of the options that this server reads or writes; RFC 2132 where nothing else stands. */

/** Option codes by their names in the RFCs. */
export const OptionCode = {
  /** A single octet without length. */
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  domainName: 15,
  broadcastAddress: 28,
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
  clientIdentifier: 61,
  /** RFC 3046. */
  relayAgentInformation: 82,
  /** RFC 3397. */
  domainSearch: 119,
  /** A single octet without length. */
  end: 255,
} as const;

/**
 * Octets of the options whose value is a number or an address. A message that carries one of them
 * with another length cannot be trusted in the rest either.
 */
export const FIXED_LENGTHS: readonly (readonly [code: number, bytes: number])[] = [
  [OptionCode.requestedIpAddress, 4],
  [OptionCode.ipAddressLeaseTime, 4],
  [OptionCode.serverIdentifier, 4],
  [OptionCode.maximumMessageSize, 2],
];
