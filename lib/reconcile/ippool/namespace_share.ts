/** Which namespaces may hold addresses of a pool, and how many. */

import type { IPPoolSpec } from "../../api/ippool/ippool.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { type Claim, compareClaims, type NetworkClaims } from "../claims.ts";

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
 */
export function passedBeyondRules(
  rules: NamespaceRules,
  macs: Iterable<MacAddress>,
  { claims, before }: {
    readonly claims: NetworkClaims;
    readonly before: NamespaceCounts | undefined;
  },
): readonly MacAddress[] {
  const { maxAddressesPerNamespace: max } = rules;
  const refused: Claim[] = [];
  const held = new Map<string, Claim[]>();
  for (const mac of macs) {
    const claim = claims.owners.get(mac);
    if (claim === undefined) continue;
    const { namespace, told } = claim;
    if (told === undefined && isNamespaceRefused(rules, namespace)) refused.push(claim);
    else if (max !== undefined && before !== undefined) {
      held.set(namespace, [...held.get(namespace) ?? [], claim]);
    }
  }
  const beyond = [...held].flatMap(([namespace, holders]) =>
    holders.sort(compareClaims).slice(Math.max(max ?? 0, before?.[namespace] ?? 0))
  );
  return [...refused, ...beyond].map(({ mac }) => mac);
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
