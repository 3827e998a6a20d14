/** The rules for IPPools. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import type { FieldError, Observed } from "../../api/meta.ts";
import { addressRangeOf, checkAddresses } from "../../ipam/address_range.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { describeMissingRoom } from "../../reconcile/reply_room.ts";
import type { Check } from "../admission_check.ts";
import { describeBootFiles } from "../boot_warnings.ts";
import { checkClientOptions } from "../client_option_checks.ts";
import { BINDING_CHECKS } from "./binding_checks.ts";
import { NETWORK_CHECKS } from "./network_checks.ts";
import { OVERLAP_CHECKS } from "./overlap_checks.ts";
import { changedFields, IPPOOL_IMMUTABLE } from "../immutable_fields.ts";

const WRITES = ["CREATE", "UPDATE"] as const;

const OBJECT = { operations: WRITES, effect: "deny", scope: "object" } as const;

export const IPPOOL_CHECKS: readonly Check<IPPool>[] = [
  {
    name: "ippool-immutable",
    operations: ["UPDATE"],
    effect: "deny",
    scope: "change",
    says: "`networkName`, `cidr` and `serverIP` stay as they are, because VMs and agents rely on " +
      "them. So does `router` once it is set. The range may only grow, and exclusions may only be " +
      "added.",
    check: (after, _world, before) => changedFields(IPPOOL_IMMUTABLE, after, before),
  },
  {
    ...OBJECT,
    name: "ippool-fields",
    says: "Each field has the form that the definition describes.",
    check: ({ parsed }) => parsed.ok ? unreadableOf(parsed.value) : parsed.errors,
  },
  {
    ...OBJECT,
    name: "ippool-range",
    says: "`pool.start` to `pool.end` is a range within `cidr`.",
    check: ofSettings((settings) => {
      const range = addressRangeOf(settings);
      return range.ok ? [] : range.errors;
    }),
  },
  {
    ...OBJECT,
    name: "ippool-addresses",
    says: "Hosts can have the addresses of `cidr`. `serverIP`, `router`, `pool.start` and " +
      "`pool.end` are hosts in it, and server and router differ. Exclusions lie in it.",
    check: ofSettings(checkAddresses),
  },
  {
    ...OBJECT,
    name: "ippool-possible-values",
    says: "Clients are told nothing impossible, such as a DNS server at a multicast address.",
    check: ofSettings(({ impossible }) => impossible),
  },
  {
    ...OBJECT,
    name: "ippool-client-options",
    says:
      "Clients can reach the gateways of routes. Each destination, option and relay is listed " +
      "once. No option is one that the server sets itself.",
    check: ofSettings(checkClientOptions),
  },
  ...NETWORK_CHECKS,
  ...OVERLAP_CHECKS,
  ...BINDING_CHECKS,
  {
    operations: WRITES,
    effect: "warn",
    scope: "object",
    name: "ippool-free-addresses",
    says: "The range has an address that is neither excluded nor reserved.",
    check: ofSettings(describeFullRange),
  },
  {
    operations: WRITES,
    effect: "warn",
    scope: "object",
    name: "ippool-reply-room",
    says: "All options fit into a reply to a client that accepts no more than 576 octets.",
    check: ofSettings((settings) =>
      describeMissingRoom(settings).map((message) => ({ field: "spec.ipv4Config", message }))
    ),
  },
  {
    operations: WRITES,
    effect: "warn",
    scope: "object",
    name: "ippool-boot-files",
    says: "Each boot file goes to clients that can run it, and iPXE does not load itself for ever.",
    check: ofSettings(describeBootFiles),
  },
];

/** No VM ever gets an address of such a range, and the pool is full before there is one. */
function describeFullRange(settings: Ipv4Settings): readonly FieldError[] {
  const range = addressRangeOf(settings);
  if (!range.ok || range.value.allocatableCount > 0) return [];
  const [start, end] = [range.value.start, range.value.end].map(formatIpv4Address);
  const message =
    `each address from ${start} to ${end} is excluded, or that of server or router: ` +
    "only a NIC that asks for an address beside them (ipAddress) gets one";
  return [{ field: "spec.ipv4Config.pool", message }];
}

function unreadableOf({ spec }: IPPool): readonly FieldError[] {
  return [...spec.unreadable, ...spec.unreadableLimits];
}

/** A check of what stands in `spec.ipv4Config`, where all of that can be read. */
function ofSettings(
  check: (settings: Ipv4Settings) => readonly FieldError[],
): (pool: Observed<IPPool>) => readonly FieldError[] {
  return ({ parsed }) =>
    parsed.ok && unreadableOf(parsed.value).length === 0 ? check(parsed.value.spec.ipv4Config) : [];
}
