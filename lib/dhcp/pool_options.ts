/** The options that all clients of a pool get, encoded once per pool state. */

import { broadcastOf, type Cidr, subnetMaskOf } from "../net/cidr.ts";
import { encodeDomainSearch } from "./domain_search.ts";
import type { PoolParameters } from "./lease.ts";
import type { DhcpOption } from "./message.ts";
import { OptionCode } from "./option_codes.ts";
import { encodeAddresses, encodeText, encodeUint32 } from "./option_values.ts";

/** Encoded options of a pool; none of them is empty. */
export interface PoolOptions {
  /** Option 54. */
  readonly serverIdentifier: DhcpOption;
  /** Option 51. */
  readonly ipAddressLeaseTime: DhcpOption;
  /** Option 1. */
  readonly subnetMask: DhcpOption;
  /** The others that are configured, in the order for clients that state none. */
  readonly configured: readonly DhcpOption[];
  /** Those of them that go to every client, asked for or not. */
  readonly always: readonly DhcpOption[];
}

/** Clients rely on these even when their parameter request list leaves them out. */
const ALWAYS: readonly number[] = [
  OptionCode.router,
  OptionCode.domainNameServer,
  OptionCode.domainName,
  OptionCode.broadcastAddress,
];

const encodedPools = new WeakMap<PoolParameters, PoolOptions>();

/** The options for these parameters; encoded at the first call for the same object. */
export function poolOptionsOf(parameters: PoolParameters): PoolOptions {
  const known = encodedPools.get(parameters);
  if (known !== undefined) return known;
  const options = encodePoolOptions(parameters);
  encodedPools.set(parameters, options);
  return options;
}

function encodePoolOptions(parameters: PoolParameters): PoolOptions {
  const { cidr, router } = parameters;
  const candidates: readonly DhcpOption[] = [
    { code: OptionCode.router, value: encodeAddresses(router === undefined ? [] : [router]) },
    { code: OptionCode.domainNameServer, value: encodeAddresses(parameters.dns) },
    { code: OptionCode.domainName, value: encodeText(parameters.domainName ?? "") },
    { code: OptionCode.broadcastAddress, value: encodeBroadcastAddress(cidr) },
    { code: OptionCode.ntpServers, value: encodeAddresses(parameters.ntpServers) },
    { code: OptionCode.domainSearch, value: encodeDomainSearch(parameters.domainSearch) },
  ];
  const configured = candidates.filter(({ value }) => value.length > 0);
  return {
    serverIdentifier: {
      code: OptionCode.serverIdentifier,
      value: encodeAddresses([parameters.serverIp]),
    },
    ipAddressLeaseTime: {
      code: OptionCode.ipAddressLeaseTime,
      value: encodeUint32(parameters.leaseSeconds),
    },
    subnetMask: { code: OptionCode.subnetMask, value: encodeAddresses([subnetMaskOf(cidr)]) },
    configured,
    always: configured.filter(({ code }) => ALWAYS.includes(code)),
  };
}

/** A prefix of 31 or 32 bits has no broadcast address (RFC 3021 section 2.1). */
function encodeBroadcastAddress(cidr: Cidr): Uint8Array {
  return encodeAddresses(cidr.prefixLength <= 30 ? [broadcastOf(cidr)] : []);
}
