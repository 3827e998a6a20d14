/** Which namespaces may hold addresses of a pool, and how many. */

import type { IPPoolSpec } from "../../api/ippool/ippool.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { type Claim, compareClaims, type NetworkClaims } from "../claims.ts";

/** What a pool says about namespaces. */
export type NamespaceRules = Pick<IPPoolSpec, "allowedNamespaces" | "maxAddressesPerNamespace">;

/** Namespace to addresses that its NICs hold. */
export type NamespaceCounts = Readonly<Record<string, number>>;

/** The count of a namespace, which may be called `constructor`; `undefined` when it has none. */
export function countIn(counts: NamespaceCounts, namespace: string): number | undefined {
  return Object.hasOwn(counts, namespace) ? counts[namespace] : undefined;
}

/** Why a namespace gets no further address. */
export type NamespaceFailure = "NamespaceNotAllowed" | "NamespaceLimitReached";

/**
 * Why a NIC gets no new address. What it holds is not asked about: it is kept in any case.
 *
 * @param held Addresses that its namespace holds.
 */
export function namespaceFailureOf(
  rules: NamespaceRules,
  namespace: string,
  held: number,
): NamespaceFailure | undefined {
  const { maxAddressesPerNamespace = Infinity } = rules;
  if (isNamespaceRefused(rules, namespace)) return "NamespaceNotAllowed";
  return held >= maxAddressesPerNamespace ? "NamespaceLimitReached" : undefined;
}

/** Whether the pool lists namespaces, and this one is not among them. */
export function isNamespaceRefused(
  { allowedNamespaces }: NamespaceRules,
  namespace: string,
): boolean {
  return allowedNamespaces?.includes(namespace) === false;
}

/**
 * MACs whose addresses came to a namespace that may not have them. A binding is a MAC's, so it passes
 * from an object that goes to the next one that names the MAC, whichever namespace that is of. What a
 * namespace held before, or a NIC was told, it keeps whatever the rules.
 *
 * @param before What the namespaces held; `undefined` where nobody counted.
 * @param shares Whose the addresses were by the last plan; `undefined` after a start.
 */
export function passedBeyondRules(
  rules: NamespaceRules,
  macs: Iterable<MacAddress>,
  { claims, before, shares }: {
    readonly claims: NetworkClaims;
    readonly before: NamespaceCounts | undefined;
    readonly shares: NamespaceShares | undefined;
  },
): readonly MacAddress[] {
  const { maxAddressesPerNamespace: max } = rules;
  const refused: Claim[] = [];
  const kept = new Map<string, number>();
  const passed: Claim[] = [];
  for (const mac of macs) {
    const owner = claims.owners.get(mac);
    const claim = owner ?? claims.held.get(mac);
    if (claim === undefined) continue;
    const { namespace, told } = claim;
    if (owner !== undefined && told === undefined && isNamespaceRefused(rules, namespace)) {
      refused.push(owner);
    } else if (owner !== undefined && !isKeptBy(owner, shares)) passed.push(owner);
    else kept.set(namespace, (kept.get(namespace) ?? 0) + 1);
  }
  if (max === undefined || before === undefined) return refused.map(({ mac }) => mac);
  const beyond = passed.sort(compareClaims).filter(({ namespace }) => {
    const held = kept.get(namespace) ?? 0;
    kept.set(namespace, held + 1);
    return held >= Math.max(max, countIn(before, namespace) ?? 0);
  });
  return [...refused, ...beyond].map(({ mac }) => mac);
}

/** Whether a NIC's address did not come to it from another namespace, as far as anybody knows. */
function isKeptBy({ mac, namespace, told }: Claim, shares: NamespaceShares | undefined): boolean {
  const counted = shares?.namespaceOf(mac);
  return counted === undefined ? told !== undefined : counted === namespace;
}

/** The addresses that each namespace holds, while new ones are handed out. */
export class NamespaceShares {
  readonly #rules: NamespaceRules;
  /** What this lies over. */
  readonly #base: NamespaceShares | undefined;
  readonly #held: Map<string, number>;
  /** Whose MAC it is for this purpose, where that differs from the base. */
  readonly #holders = new Map<MacAddress, string | undefined>();

  private constructor(rules: NamespaceRules, base?: NamespaceShares) {
    this.#rules = rules;
    this.#base = base;
    this.#held = new Map(base === undefined ? [] : base.#held);
  }

  /** Counts what the claims of these MACs hold. */
  static of(
    rules: NamespaceRules,
    macs: Iterable<MacAddress>,
    claims: NetworkClaims,
  ): NamespaceShares {
    const shares = new NamespaceShares(rules);
    if (!shares.#isCounting) return shares;
    for (const mac of macs) {
      const claim = claims.owners.get(mac) ?? claims.held.get(mac);
      if (claim !== undefined) shares.take(mac, claim.namespace);
    }
    return shares;
  }

  /** Begins a plan that may come to nothing. */
  fork(): NamespaceShares {
    return new NamespaceShares(this.#rules, this);
  }

  /** What a plan made of it, once that was committed. */
  joined(): NamespaceShares {
    const base = this.#base;
    if (base === undefined) return this;
    for (const [mac, namespace] of this.#holders) base.#put(mac, namespace);
    return base;
  }

  /** Why the namespace gets no further address. */
  check(namespace: string): NamespaceFailure | undefined {
    return namespaceFailureOf(this.#rules, namespace, this.#held.get(namespace) ?? 0);
  }

  /** Whether the address of a MAC counts for this namespace, as far as anything is counted. */
  counts(mac: MacAddress, namespace: string): boolean {
    return !this.#isCounting || this.namespaceOf(mac) === namespace;
  }

  /** The namespace that the address of a MAC counts for. */
  namespaceOf(mac: MacAddress): string | undefined {
    if (this.#base === undefined || this.#holders.has(mac)) return this.#holders.get(mac);
    return this.#base.namespaceOf(mac);
  }

  /** Counts the address that a MAC got. */
  take(mac: MacAddress, namespace: string): void {
    if (this.#isCounting) this.#put(mac, namespace);
  }

  /** Counts the address that a MAC gave back. */
  drop(mac: MacAddress): void {
    if (this.#isCounting) this.#put(mac, undefined);
  }

  dropAll(macs: Iterable<MacAddress>): void {
    for (const mac of macs) this.drop(mac);
  }

  /** The counts in the order of their names; `undefined` where there is no limit. */
  byNamespace(): NamespaceCounts | undefined {
    if (!this.#isCounting) return undefined;
    return Object.fromEntries([...this.#held].sort(([a], [b]) => a < b ? -1 : 1));
  }

  /** Where nothing is limited, nothing is counted. */
  get #isCounting(): boolean {
    return this.#rules.maxAddressesPerNamespace !== undefined;
  }

  #put(mac: MacAddress, namespace: string | undefined): void {
    this.#count(this.namespaceOf(mac), -1);
    this.#count(namespace, 1);
    if (namespace === undefined && this.#base === undefined) this.#holders.delete(mac);
    else this.#holders.set(mac, namespace);
  }

  #count(namespace: string | undefined, sign: 1 | -1): void {
    if (namespace === undefined) return;
    const held = (this.#held.get(namespace) ?? 0) + sign;
    if (held > 0) this.#held.set(namespace, held);
    else this.#held.delete(namespace);
  }
}
