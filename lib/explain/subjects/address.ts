/** `vm-dhcp explain address`: who holds it. */

import { keyOf } from "../../api/meta.ts";
import { cidrContains, formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { askAll } from "../ask.ts";
import type { Check, Finding, Question, World } from "../contract.ts";
import { type Explanation, explanationOf } from "../explanation.ts";
import type { Facts } from "../facts.ts";
import { well, wrong } from "../findings.ts";
import { type AskedVm, askVm, headOfNic, sayAsked } from "./nics.ts";

/** An address with the pools that it concerns. */
export interface AddressSubject {
  readonly address: Ipv4Address;
  readonly facts: Facts;
  /** Those that bind it, or else those in whose subnet it lies. */
  readonly pools: readonly PoolView[];
}

export const ADDRESS_QUESTIONS: readonly Question<AddressSubject>[] = [
  {
    code: "ADDRESS_IN_POOL",
    holds: "The address lies in the subnet of a pool.",
    needs: [],
    ask: ({ address, pools, facts }) => {
      if (pools.length > 0) return well(`it belongs to ${pools.map(({ key }) => key).join(", ")}`);
      const subnets = facts.pools.flatMap(({ addresses, key }) =>
        addresses.ok ? [`${formatCidr(addresses.value.settings.cidr)} of ${key}`] : []
      );
      const others = subnets.length === 0
        ? "there is no pool"
        : `there ${subnets.length === 1 ? "is" : "are"} ${subnets.join(", ")}`;
      return wrong(
        `no pool has ${formatIpv4Address(address)} in its subnet; ${others}`,
        "name an address of one of these, or create a pool",
      );
    },
  },
  {
    code: "ADDRESS_HOLDER_KNOWN",
    holds: "If it is bound to a MAC, an object names that MAC.",
    needs: ["ADDRESS_IN_POOL"],
    ask: findHolder,
  },
];

/** Explains an IPv4 address. */
export function explainAddress(text: string, facts: Facts, world: World): Explanation {
  const address = parseIpv4Address(text)!;
  const binding = facts.pools.filter(({ record }) => record.bindings.has(address));
  const around = facts.pools.filter(({ addresses }) =>
    addresses.ok && cidrContains(addresses.value.settings.cidr, address)
  );
  const pools = binding.length > 0 ? binding : around;
  const subject = { address, facts, pools };
  const found = askAll(ADDRESS_QUESTIONS, { subject, about: text }, world);
  const asked = binding.flatMap((pool) => askHolders(pool, address, facts, world));
  const checks: readonly Check[] = [...found, ...asked.flatMap(({ checks }) => checks)];
  return explanationOf(text, checks, {
    wellSays: asked.length === 0
      ? `${text} ${describeUnheld(address, pools)}`
      : `${text} is held by ${asked.map((each) => sayHolder(each, world)).join("; ")}`,
    headOf: (decisive) => {
      const whose = asked.find(({ checks }) => checks.includes(decisive));
      return whose && headOfNic(whose, decisive);
    },
  });
}

function sayHolder({ key, nics }: AskedVm, { nowMs }: World): string {
  return nics.map((nic) =>
    `${nic.config.macAddress} of ${key}${sayAsked(nic, nowMs, "its client ")}`
  ).join("; ");
}

function askHolders(
  pool: PoolView,
  address: Ipv4Address,
  facts: Facts,
  world: World,
): readonly AskedVm[] {
  const mac = pool.record.bindings.get(address)!;
  const owner = ownerOf(pool, mac, facts);
  const vmnetcfg = owner === undefined ? undefined : facts.vmnetcfg(owner);
  if (vmnetcfg === undefined) return [];
  const isWanted: Parameters<typeof askVm>[1]["isWanted"] = ({ config }) =>
    parseMacAddress(config.macAddress) === mac && config.networkName === pool.network;
  return [askVm(vmnetcfg, { facts, world, isWanted })];
}

/** The object whose NIC a binding of the pool is. */
function ownerOf(pool: PoolView, mac: MacAddress, facts: Facts): string | undefined {
  const { owners, held } = facts.network(pool.network ?? "").claims;
  return owners.get(mac)?.owner ?? held.get(mac)?.owner;
}

/** Several pools may bind it, each on a network of its own. */
function findHolder({ address, pools, facts }: AddressSubject): Finding {
  const text = formatIpv4Address(address);
  const bindings = pools.flatMap((pool) => {
    const mac = pool.record.bindings.get(address);
    if (mac === undefined) return [];
    const owner = ownerOf(pool, mac, facts);
    const says = `the pool ${pool.key} binds ${text} to ${formatMacAddress(mac)}`;
    return owner === undefined
      ? [{ isKnown: false, says: `${says}, and no object names that MAC` }]
      : [{ isKnown: true, says: `${says} of ${keyOf(facts.vmnetcfg(owner)!.object)}` }];
  });
  if (bindings.length === 0) return well(`it ${describeUnheld(address, pools)}`);
  const says = bindings.map((binding) => binding.says).join("; ");
  return bindings.every(({ isKnown }) => isKnown) ? well(says) : wrong(
    says,
    "wait until the controller takes it back; it keeps the address of a pool that is paused",
  );
}

function describeUnheld(address: Ipv4Address, pools: readonly PoolView[]): string {
  if (pools.length === 0) return "is held by nobody";
  return pools.map((pool) => describeIn(pool, address)).join(", and ");
}

function describeIn(pool: PoolView, address: Ipv4Address): string {
  if (!pool.addresses.ok) return `is held by nobody in the pool ${pool.key}`;
  const { range, settings } = pool.addresses.value;
  if (address === settings.serverIp) return `is the serverIP of the pool ${pool.key}`;
  if (address === settings.router) return `is the router of the pool ${pool.key}`;
  const unreadable = pool.record.unreadableAt.get(address);
  if (unreadable !== undefined) {
    return `is not handed out: the record of the pool ${pool.key} has ${
      JSON.stringify(unreadable)
    } there, which is no MAC`;
  }
  switch (range.askedKindOf(address)) {
    case "allocatable": {
      if (range.kindOf(address) === "outside") {
        return `is held by nobody, and beside the range of the pool ${pool.key}: a NIC that asks for it gets it`;
      }
      const mark = pool.record.marks.get(address);
      return mark === undefined
        ? `is free in the pool ${pool.key}`
        : `is marked ${mark} in the record of the pool ${pool.key}`;
    }
    case "excluded":
      return `is excluded from the pool ${pool.key}`;
    case "reserved":
      return `is reserved in the pool ${pool.key}`;
    case "outside":
      return `is held by nobody, and lies outside of the subnet of the pool ${pool.key}`;
  }
}
