/** The options that all clients of a pool get, encoded once for each version of the pool. */

import { edgesOf, subnetMaskOf } from "../net/cidr.ts";
import { customOptionRefusal } from "./options/custom_options.ts";
import { encodeOption, OptionCode, optionOfCode } from "./options/registry.ts";
import { withDefaultRoute } from "./options/routes.ts";
import type { DhcpOption } from "./options/value_kind.ts";
import type { PoolParameters } from "./pool.ts";
import type { OptionRun } from "./wire/message.ts";
import { createOptionRun } from "./wire/option_encoding.ts";
import type { DhcpOptions } from "./wire/options.ts";

/** Encoded options of a pool. No option is empty; a run may be. */
export interface PoolOptions {
  /** Option 51. */
  readonly ipAddressLeaseTime: DhcpOption;
  /** What OFFERs and ACKs of a lease begin with: options 53, 54 and 51. */
  readonly leaseHeads: Readonly<Record<"offer" | "ack", OptionRun>>;
  /** Option 1. */
  readonly subnetMask: DhcpOption;
  /** What clients without a parameter request list get besides, in this order. */
  readonly configured: readonly DhcpOption[];
  /** The same behind option 1, as a run. */
  readonly configuredRun: OptionRun;
  /** Those of them that go to every client, asked for or not. */
  readonly always: readonly DhcpOption[];
  /** What a client can ask for, at the index of its code. */
  readonly byCode: readonly (DhcpOption | undefined)[];
  /** Answers to recent parameter request lists; the code that answers adds to them. */
  readonly requestedRuns: RequestedRuns;
}

/** Codes fill an octet. */
const CODES = 256;

/** Encodes what a pool tells its clients. */
export function encodePoolOptions(parameters: PoolParameters): PoolOptions {
  const options = encodeConfigured(parameters).filter(({ value }) => value.length > 0);
  const byCode = new Array<DhcpOption | undefined>(CODES).fill(undefined);
  for (const option of options) byCode[option.code] = option;
  const configured = options.filter(({ code }) => optionOfCode(code)?.sentTo !== "ask");
  const leaseTime = encodeOption(OptionCode.ipAddressLeaseTime, parameters.leaseSeconds);
  const subnetMask = encodeOption(OptionCode.subnetMask, subnetMaskOf(parameters.cidr));
  const server = encodeOption(OptionCode.serverIdentifier, parameters.serverIp);
  return {
    ipAddressLeaseTime: leaseTime,
    leaseHeads: {
      offer: createOptionRun([encodeOption(OptionCode.messageType, "OFFER"), server, leaseTime]),
      ack: createOptionRun([encodeOption(OptionCode.messageType, "ACK"), server, leaseTime]),
    },
    subnetMask,
    configured,
    configuredRun: createOptionRun([subnetMask, ...configured]),
    // Clients rely on these even when their parameter request list leaves them out.
    always: configured.filter(({ code }) => optionOfCode(code)?.sentTo === "everybody"),
    byCode,
    requestedRuns: new RequestedRuns(),
  };
}

/** In the order for clients without a parameter request list. Options without a value are not sent. */
function encodeConfigured(parameters: PoolParameters): readonly DhcpOption[] {
  const { cidr, router, dns, mtu, routes = [], ipv6OnlyWait, options = [] } = parameters;
  const edges = edgesOf(cidr);
  const allRoutes = withDefaultRoute(routes, router);
  return [
    encodeOption(OptionCode.router, router === undefined ? [] : [router]),
    encodeOption(OptionCode.domainNameServer, dns),
    encodeOption(OptionCode.domainName, parameters.domainName ?? ""),
    ...(edges === undefined ? [] : [encodeOption(OptionCode.broadcastAddress, edges.broadcast)]),
    ...(mtu === undefined ? [] : [encodeOption(OptionCode.interfaceMtu, mtu)]),
    encodeOption(OptionCode.classlessStaticRoute, allRoutes),
    encodeOption(OptionCode.ntpServers, parameters.ntpServers),
    encodeOption(OptionCode.domainSearch, parameters.domainSearch),
    ...options.filter(({ code, value }) => customOptionRefusal(code, value.length) === undefined),
    encodeOption(OptionCode.staticRoute, routes),
    encodeOption(OptionCode.microsoftClasslessStaticRoute, allRoutes),
    ...(ipv6OnlyWait === undefined
      ? []
      : [encodeOption(OptionCode.ipv6OnlyPreferred, ipv6OnlyWait)]),
    encodeOption(OptionCode.captivePortal, parameters.captivePortal ?? ""),
  ];
}

/** More than there are kinds of clients on a network. A client that makes up lists only evicts others. */
const LISTS_MAX = 16;

interface KnownList {
  readonly list: Uint8Array;
  readonly run: OptionRun;
}

/**
 * Recent parameter request lists of a pool's clients, with the options that answer each. All clients
 * of one operating system send the same list, so it is seldom worked out twice.
 */
export class RequestedRuns {
  readonly #known: KnownList[] = [];
  #oldest = 0;

  /** The run for the list of these options, if it is known. */
  find(options: DhcpOptions): OptionRun | undefined {
    for (const { list, run } of this.#known) {
      if (options.equals(OptionCode.parameterRequestList, list)) return run;
    }
    return undefined;
  }

  /** Remembers a run, in place of the oldest if there are many. @param list Copied. */
  add(list: Uint8Array, run: OptionRun): void {
    this.#known[this.#oldest] = { list: list.slice(), run };
    this.#oldest = (this.#oldest + 1) % LISTS_MAX;
  }
}
