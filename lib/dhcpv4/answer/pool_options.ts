/** The options that all clients of a pool get, encoded once per pool state. */

import { broadcastOf, type Cidr, subnetMaskOf } from "../../net/cidr.ts";
import { customOptionRefusal } from "../options/custom_options.ts";
import { encodeDomainSearch } from "../options/domain_search.ts";
import type { PoolParameters } from "../lease.ts";
import type { DhcpOption, OptionRun, OptionValue } from "../wire/message.ts";
import { OptionCode } from "../options/option_codes.ts";
import { createOptionRun } from "../wire/option_encoding.ts";
import {
  encodeAddresses,
  encodeText,
  encodeUint16,
  encodeUint32,
} from "../options/option_values.ts";
import { RequestedRuns } from "./requested_runs.ts";
import {
  ipAddressLeaseTimeOption,
  messageTypeOption,
  serverIdentifierOption,
} from "./server_options.ts";
import { encodeClassfulRoutes, encodeClasslessRoutes } from "../options/static_routes.ts";

/** Encoded options of a pool; none of them is empty, but for runs of none. */
export interface PoolOptions {
  /** Option 51. */
  readonly ipAddressLeaseTime: DhcpOption;
  /** What OFFERs and ACKs of a lease begin with: options 53, 54 and 51. */
  readonly leaseHeads: Readonly<Record<"offer" | "ack", OptionRun>>;
  /** Option 1. */
  readonly subnetMask: DhcpOption;
  /** What clients that state no wishes get besides, in this order. */
  readonly configured: readonly DhcpOption[];
  /** The same behind option 1, as a run. */
  readonly configuredRun: OptionRun;
  /** Those of them that go to every client, asked for or not. */
  readonly always: readonly DhcpOption[];
  /** What a client can ask for, at the index of its code. */
  readonly byCode: readonly (DhcpOption | undefined)[];
  /** What clients asked for lately, filled by those who answer them. */
  readonly requestedRuns: RequestedRuns;
}

/** Clients rely on these even when their parameter request list leaves them out. */
const ALWAYS: readonly number[] = [
  OptionCode.router,
  OptionCode.domainNameServer,
  OptionCode.domainName,
  OptionCode.broadcastAddress,
];

/** Codes fill an octet. */
const CODES = 256;

const encodedPools = new WeakMap<PoolParameters, PoolOptions>();

/** The pool asked for last: all packets of a batch have the same. */
let latest: { readonly parameters: PoolParameters; readonly options: PoolOptions } | undefined;

/** The options for these parameters; encoded at the first call for the same object. */
export function poolOptionsOf(parameters: PoolParameters): PoolOptions {
  if (latest?.parameters === parameters) return latest.options;
  const options = encodedPools.get(parameters) ?? encodePoolOptions(parameters);
  encodedPools.set(parameters, options);
  latest = { parameters, options };
  return options;
}

function encodePoolOptions(parameters: PoolParameters): PoolOptions {
  const configured = encodeConfigured(parameters).filter(hasValue);
  const byCode = new Array<DhcpOption | undefined>(CODES).fill(undefined);
  for (const option of [...configured, ...encodeAskedFor(parameters).filter(hasValue)]) {
    byCode[option.code] = option;
  }
  const leaseTime = ipAddressLeaseTimeOption(parameters.leaseSeconds);
  const subnetMask = {
    code: OptionCode.subnetMask,
    value: encodeAddresses([subnetMaskOf(parameters.cidr)]),
  };
  const server = serverIdentifierOption(parameters.serverIp);
  return {
    ipAddressLeaseTime: leaseTime,
    leaseHeads: {
      offer: createOptionRun([messageTypeOption("OFFER"), server, leaseTime]),
      ack: createOptionRun([messageTypeOption("ACK"), server, leaseTime]),
    },
    subnetMask,
    configured,
    configuredRun: createOptionRun([subnetMask, ...configured]),
    always: configured.filter(({ code }) => ALWAYS.includes(code)),
    byCode,
    requestedRuns: new RequestedRuns(),
  };
}

/** In the order for clients that state none. */
function encodeConfigured(parameters: PoolParameters): readonly DhcpOption[] {
  const { cidr, router, mtu, routes = [], options = [] } = parameters;
  return [
    { code: OptionCode.router, value: encodeAddresses(router === undefined ? [] : [router]) },
    { code: OptionCode.domainNameServer, value: encodeAddresses(parameters.dns) },
    { code: OptionCode.domainName, value: encodeText(parameters.domainName ?? "") },
    { code: OptionCode.broadcastAddress, value: encodeBroadcastAddress(cidr) },
    { code: OptionCode.interfaceMtu, value: mtu === undefined ? NO_VALUE : encodeUint16(mtu) },
    { code: OptionCode.classlessStaticRoute, value: encodeClasslessRoutes(routes, router) },
    { code: OptionCode.ntpServers, value: encodeAddresses(parameters.ntpServers) },
    { code: OptionCode.domainSearch, value: encodeDomainSearch(parameters.domainSearch) },
    ...options.filter(({ code, value }) => customOptionRefusal(code, value.length) === undefined),
  ];
}

/** Only for clients that name them: they change how a client works, or double another option. */
function encodeAskedFor(parameters: PoolParameters): readonly DhcpOption[] {
  const { router, routes = [], captivePortal = "", ipv6OnlyWait } = parameters;
  return [
    { code: OptionCode.staticRoute, value: encodeClassfulRoutes(routes) },
    {
      code: OptionCode.microsoftClasslessStaticRoute,
      value: encodeClasslessRoutes(routes, router),
    },
    {
      code: OptionCode.ipv6OnlyPreferred,
      value: ipv6OnlyWait === undefined ? NO_VALUE : encodeUint32(ipv6OnlyWait),
    },
    { code: OptionCode.captivePortal, value: encodeText(captivePortal) },
  ];
}

const NO_VALUE: OptionValue = [];

function hasValue({ value }: DhcpOption): boolean {
  return value.length > 0;
}

/** A prefix of 31 or 32 bits has no broadcast address (RFC 3021 section 2.1). */
function encodeBroadcastAddress(cidr: Cidr): OptionValue {
  return encodeAddresses(cidr.prefixLength <= 30 ? [broadcastOf(cidr)] : []);
}
