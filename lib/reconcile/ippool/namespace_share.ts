/** Which namespaces may hold addresses of a pool, and how many. */

import type { IPPoolSpec } from "../../api/ippool/ippool.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { NetworkClaims } from "../claims.ts";

/** What a pool says about namespaces. */
export type NamespaceRules = Pick<IPPoolSpec, "allowedNamespaces" | "maxAddressesPerNamespace">;

/** Namespace to addresses that its NICs hold. */
export type NamespaceCounts = Readonly<Record<string, number>>;

/** Why a namespace gets no further address. */
export type NamespaceFailure = "NamespaceNotAllowed" | "NamespaceLimitReached";

/**
 * Why a NIC gets no new address. What it holds is not asked about: it is kept in any case.
 *
 * @param held Addresses that its namespace holds.
 */
export function namespaceFailureOf(
  { allowedNamespaces, maxAddressesPerNamespace = Infinity }: NamespaceRules,
  namespace: string,
  held: number,
): NamespaceFailure | undefined {
  if (allowedNamespaces?.includes(namespace) === false) return "NamespaceNotAllowed";
  return held >= maxAddressesPerNamespace ? "NamespaceLimitReached" : undefined;
}

/** The addresses that each namespace holds, while new ones are handed out. */
export class NamespaceShares {
  readonly #rules: NamespaceRules;
  readonly #held = new Map<string, number>();

  constructor(rules: NamespaceRules, macs: Iterable<MacAddress>, claims: NetworkClaims) {
    this.#rules = rules;
    // Where nothing is limited, nothing is counted.
    if (rules.maxAddressesPerNamespace === undefined) return;
    for (const mac of macs) {
      const claim = claims.owners.get(mac) ?? claims.held.get(mac);
      if (claim !== undefined) this.take(claim.namespace);
    }
  }

  /** Why the namespace gets no further address. */
  check(namespace: string): NamespaceFailure | undefined {
    return namespaceFailureOf(this.#rules, namespace, this.#held.get(namespace) ?? 0);
  }

  /** Counts an address that the namespace got. */
  take(namespace: string): void {
    this.#held.set(namespace, (this.#held.get(namespace) ?? 0) + 1);
  }

  /** The counts in the order of their names; `undefined` where there is no limit. */
  counts(): NamespaceCounts | undefined {
    if (this.#rules.maxAddressesPerNamespace === undefined) return undefined;
    return Object.fromEntries([...this.#held].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
