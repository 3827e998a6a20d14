/** The texts of `spec.ipv4Config` as values that the layers above calculate with. */

import { type Cidr, parseCidr } from "../../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { checkClientOptions } from "./check_client_options.ts";
import { type ClientOptionValues, clientOptionValuesOf } from "./client_option_values.ts";
import { defined, FieldErrors } from "../field_reader.ts";
import type { IPv4Config } from "./ippool.ts";
import type { Parsed } from "../meta.ts";
import {
  checkText,
  checkTexts,
  HOST_NAME,
  IPV4_ADDRESS,
  IPV4_PREFIX,
  textUpTo,
} from "../text_rules.ts";

/** Lease that clients get when the pool names none: one year, as the Go version did. */
export const LEASE_SECONDS_DEFAULT = 31_536_000;

/** One less than 0xffffffff, which means "for ever" (RFC 2131 section 3.3). */
export const LEASE_SECONDS_MAX = 0xfffffffe;

const IPV4_CONFIG_PATH = "spec.ipv4Config";
const DNS_MAX = 3;
const NTP_MAX = 4;
const DOMAIN_SEARCH_MAX = 32;
const EXCLUDE_MAX = 4096;

/** `spec.ipv4Config` with every text read. */
export interface Ipv4Settings {
  readonly serverIp: Ipv4Address;
  readonly cidr: Cidr;
  readonly start: Ipv4Address;
  readonly end: Ipv4Address;
  readonly exclude: readonly Ipv4Address[];
  readonly router?: Ipv4Address;
  readonly dns: readonly Ipv4Address[];
  readonly domainName?: string;
  readonly domainSearch: readonly string[];
  /** In the order of the specification: an address, or a host name to be looked up. */
  readonly ntp: readonly (Ipv4Address | string)[];
  /** 1 to {@link LEASE_SECONDS_MAX}. */
  readonly leaseSeconds: number;
  /** Whether clients are told the name of their VM. */
  readonly hostnameFromVm: boolean;
  /** What else clients are told, and how strictly they are treated. */
  readonly clientOptions: ClientOptionValues;
}

/**
 * Reads the texts of `spec.ipv4Config`.
 *
 * @returns The values, or the fields that hold something else, with paths from `spec` on.
 */
export function readIpv4Config(config: IPv4Config): Parsed<Ipv4Settings> {
  const errors = new FieldErrors();
  checkIpv4Config(config, errors);
  if (errors.list.length > 0) return { ok: false, errors: errors.list };
  const value: Ipv4Settings = {
    serverIp: parseIpv4Address(config.serverIP)!,
    cidr: parseCidr(config.cidr)!,
    start: parseIpv4Address(config.pool.start)!,
    end: parseIpv4Address(config.pool.end)!,
    exclude: addressesOf(config.pool.exclude),
    dns: addressesOf(config.dns),
    domainSearch: config.domainSearch ?? [],
    ntp: (config.ntp ?? []).map((text) => parseIpv4Address(text) ?? text),
    leaseSeconds: leaseSecondsOf(config.leaseTime),
    hostnameFromVm: config.hostnameFromVM === true,
    clientOptions: clientOptionValuesOf(config),
    ...defined({
      router: config.router === undefined ? undefined : parseIpv4Address(config.router),
      domainName: config.domainName === "" ? undefined : config.domainName,
    }),
  };
  return { ok: true, value };
}

/** Reports every text of `spec.ipv4Config` that is not what its field asks for. */
export function checkIpv4Config(config: IPv4Config, errors: FieldErrors): void {
  function path(key: string): string {
    return `${IPV4_CONFIG_PATH}.${key}`;
  }
  checkText(config.cidr, IPV4_PREFIX, path("cidr"), errors);
  checkText(config.serverIP, IPV4_ADDRESS, path("serverIP"), errors);
  checkText(config.pool.start, IPV4_ADDRESS, path("pool.start"), errors);
  checkText(config.pool.end, IPV4_ADDRESS, path("pool.end"), errors);
  if (config.router !== undefined) checkText(config.router, IPV4_ADDRESS, path("router"), errors);
  checkText(config.domainName ?? "", textUpTo(253), path("domainName"), errors);
  const lists = [
    { texts: config.pool.exclude, rule: IPV4_ADDRESS, key: "pool.exclude", itemsMax: EXCLUDE_MAX },
    { texts: config.dns, rule: IPV4_ADDRESS, key: "dns", itemsMax: DNS_MAX },
    // An IPv4 address has the form of a host name, too.
    { texts: config.ntp, rule: HOST_NAME, key: "ntp", itemsMax: NTP_MAX },
    {
      texts: config.domainSearch,
      rule: HOST_NAME,
      key: "domainSearch",
      itemsMax: DOMAIN_SEARCH_MAX,
    },
  ];
  for (const { texts, rule, key, itemsMax } of lists) {
    checkTexts(texts ?? [], rule, { field: path(key), itemsMax, errors });
  }
  checkClientOptions(config, IPV4_CONFIG_PATH, errors);
}

/**
 * The lease in seconds. Objects of the Go version had no bounds: 0 and less meant one year there,
 * and must not stop a pool here.
 */
function leaseSecondsOf(leaseTime: number | undefined): number {
  if (leaseTime === undefined || leaseTime <= 0) return LEASE_SECONDS_DEFAULT;
  return Math.min(leaseTime, LEASE_SECONDS_MAX);
}

function addressesOf(texts: readonly string[] | undefined): readonly Ipv4Address[] {
  return (texts ?? []).map((text) => parseIpv4Address(text)!);
}
