/** `spec.ipv4Config`, read and checked in one go: the layers above never see an invalid text. */

import { defined } from "../../base/json.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import type { FieldErrors } from "../field_errors.ts";
import { type Bounds, type FieldReader } from "../field_reader.ts";
import { HOST_NAME, IPV4_ADDRESS, IPV4_PREFIX, textUpTo } from "../text_rules.ts";
import { checkRateLimits, readClientOptions } from "./client_options.ts";
import { withoutImpossibleValues } from "./impossible_values.ts";

/** Lease that clients get when the pool names none: one year, as the Go version did. */
export const LEASE_SECONDS_DEFAULT = 31_536_000;

/** One less than 0xffffffff, which means "for ever" (RFC 2131 section 3.3). */
export const LEASE_SECONDS_MAX = 0xfffffffe;

const DNS: Bounds = { min: 0, max: 3 };
const NTP: Bounds = { min: 0, max: 4 };
const DOMAIN_SEARCH: Bounds = { min: 0, max: 32 };
/** More than the definition allows today: older ones allowed as many. */
const EXCLUDE: Bounds = { min: 0, max: 4096 };

/** `spec.ipv4Config` as values to calculate with. */
export type Ipv4Settings = ReturnType<typeof readIpv4Config>;

/** Where to collect what is wrong with values that a pool can do without. */
export interface OptionalFaults {
  readonly optional: FieldErrors;
  /** With values that keep addresses from being handed out. */
  readonly limits: FieldErrors;
}

/**
 * Reads `spec.ipv4Config`. Values that cannot be true are left out and listed in `impossible`: they
 * keep nobody from an address.
 */
export function readIpv4Config(config: FieldReader, faults: OptionalFaults) {
  const settings = readFields(config, faults);
  // After an error there may be no subnet to judge them by, and the object is refused anyway.
  return config.errors.list.length > 0
    ? { ...settings, impossible: [], written: settings.clientOptions }
    : withoutImpossibleValues(settings);
}

function readFields(config: FieldReader, { optional, limits }: OptionalFaults) {
  const cidr = config.parsed("cidr", IPV4_PREFIX);
  const serverIp = config.parsed("serverIP", IPV4_ADDRESS);
  const pool = config.child("pool");
  const spared = config.reportingTo(optional);
  checkRateLimits(spared.optionalChild("rateLimits"));
  return {
    cidr,
    serverIp,
    start: pool.parsed("start", IPV4_ADDRESS),
    end: pool.parsed("end", IPV4_ADDRESS),
    exclude: pool.reportingTo(limits).optionalParsedList("exclude", IPV4_ADDRESS, EXCLUDE) ?? [],
    ...defined({
      // It must not be handed out either.
      router: config.reportingTo(limits).optionalParsed("router", IPV4_ADDRESS),
      domainName: spared.optionalString("domainName", textUpTo(253)) || undefined,
    }),
    dns: spared.optionalParsedList("dns", IPV4_ADDRESS, DNS) ?? [],
    /** In the order of the specification: an address, or a host name to be looked up. */
    ntp: (spared.optionalParsedList("ntp", HOST_NAME, NTP) ?? [])
      // An IPv4 address has the form of a host name, too.
      .map((text) => parseIpv4Address(text) ?? text),
    domainSearch: spared.optionalParsedList("domainSearch", HOST_NAME, DOMAIN_SEARCH) ?? [],
    /** 1 to {@link LEASE_SECONDS_MAX}. */
    leaseSeconds: leaseSecondsOf(spared.optionalInteger("leaseTime")),
    /** Whether clients are told the name of their VM. */
    hostnameFromVm: spared.optionalBoolean("hostnameFromVM") === true,
    /** What else clients are told, and how strictly they are treated. */
    clientOptions: readClientOptions(spared),
  };
}

/**
 * The lease in seconds. Objects of the Go version had no bounds: 0 and less meant one year there,
 * and must not stop a pool here.
 */
function leaseSecondsOf(leaseTime: number | undefined): number {
  if (leaseTime === undefined || leaseTime <= 0) return LEASE_SECONDS_DEFAULT;
  return Math.min(leaseTime, LEASE_SECONDS_MAX);
}
