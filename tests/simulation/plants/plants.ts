/** Faults of the program that were planted to see whether the simulation finds them. */

/** One fault: a few words of one file that are replaced. */
export interface Plant {
  /** What the program does wrong then. */
  readonly name: string;
  /** Relative to the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Where to begin; 1 by default. It shows near there today, and else within as many seeds as everywhere. */
  readonly firstSeed?: number;
}

export const PLANTS: readonly Plant[] = [
  {
    name: "hands out addresses without asking whether they are taken",
    file: "lib/ipam/address_allocator.ts",
    from: '=== "allocatable" && !this.#isTaken(address) &&',
    to: '=== "allocatable" &&',
    firstSeed: 10,
  },
  {
    name: "gives back what another object claims too when one of them goes",
    file: "lib/reconcile/claim_index.ts",
    from: "if (rest.length === 0) this[kind].delete(claim.mac);",
    to: "if (rest.length >= 0) this[kind].delete(claim.mac);",
    firstSeed: 14,
  },
  {
    name: "forgets what objects hold that cannot be read",
    file: "lib/reconcile/claims.ts",
    from: ': { kind: "held", claims: heldNicsOf(network, vmnetcfg) };',
    to: ': { kind: "held", claims: [] };',
    firstSeed: 29,
  },
  {
    name: "does not look again when an object begins to go",
    file: "lib/reconcile/claims.ts",
    from: "was.metadata.deletionTimestamp === is.metadata.deletionTimestamp &&",
    to: "",
  },
  {
    name: "tells a NIC the address that it wants before a record has it",
    file: "lib/reconcile/vmnetcfg/nic_outcome.ts",
    from: "  const failure = failureOf(",
    to: `  if (address === undefined && wanted !== undefined) return { nic, address: wanted };
  const failure = failureOf(`,
  },
  {
    name: "lets an object go before its address is given back",
    file: "lib/reconcile/vmnetcfg/vmnetcfg.ts",
    from: "  if (isBound) return SETTLED;",
    to: "",
  },
  {
    name: "sends a plan again over what somebody else wrote",
    file: "lib/controller/runtime/object_writer.ts",
    from: "const written = this.client.replace(this.type, sent, {",
    to: `const { resourceVersion: _, ...unlocked } = object.metadata;
    const written = this.client.replace(this.type, { ...sent, metadata: unlocked }, {`,
    firstSeed: 9,
  },
  {
    name: "believes in a write before it has succeeded",
    file: "lib/controller/runtime/object_writer.ts",
    from: "    let sentChars = 0;",
    to: `    let sentChars = 0;
    const resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
    this.cache.keepRead({ ...sent, metadata: { ...object.metadata, resourceVersion } });`,
  },
  {
    name: "takes every change of what it once wrote for its own",
    file: "lib/controller/runtime/object_writer.ts",
    from: "after !== undefined && isStoredAs(after.object, this.#written.get(key))",
    to: "after !== undefined && this.#written.has(key)",
  },
  {
    name: "writes though it may not lead any more",
    file: "lib/kube/election/leader_election.ts",
    from: "return renewedMs + timings.renewDeadlineMs - clock.monotonicMs();",
    to: "return renewedMs + 4 * timings.leaseMs - clock.monotonicMs();",
    firstSeed: 28,
  },
  {
    name: "keeps what is missing in a new list",
    file: "lib/kube/cache/informer.ts",
    from: "const gone = isWhole ?",
    to: "const gone = isWhole && this.#versions.size < 0 ?",
    firstSeed: 474,
  },
  {
    name: "plans before its caches are filled",
    file: "lib/controller/runtime/controller_set.ts",
    from: "await Promise.all(watches.map((each) => each.whenSynced()));",
    to: "await Promise.resolve();",
  },
  {
    name: "counts one address too many once addresses were given back",
    file: "lib/reconcile/ippool/pool_counts.ts",
    from: "      used += sign;",
    to: "      used += sign > 0 ? 1 : 0;",
  },
  {
    name: "never leads after a freeze during its first claim",
    file: "lib/kube/election/leader_election.ts",
    from: "if (!this.mayWrite()) this.#renewedMs = undefined;",
    to: "",
    firstSeed: 152,
  },
  {
    name: "does not count anew what other pools of the network leave",
    file: "lib/controller/ippool/ippool_keys.ts",
    from: "return isOwnWrite ? pools.filter((pool) => pool !== key) : [key, ...pools];",
    to: "return isOwnWrite ? [] : [key, ...pools];",
    firstSeed: 48,
  },
  {
    name: "leaves the name of a pool that is gone at its network",
    file: "lib/reconcile/network/network_labels.ts",
    from: "if (isThere(formatNamespacedName({ namespace, name }))) return undefined;",
    to: "return undefined;",
    firstSeed: 37,
  },
  {
    name: "reads a record that names a MAC twice from before its own write",
    file: "lib/controller/ippool/pool_views.ts",
    from: "if (status === written.status) return true;",
    to: "if (from.record.hasDoubles) return false;\n  if (status === written.status) return true;",
    firstSeed: 193,
  },
  {
    name: "takes back what is claimed when only the claim has changed",
    file: "lib/reconcile/ippool/record_change.ts",
    from: "    if (claim === undefined) {",
    to: "    if (claim === undefined || claim.told === undefined) {",
  },
  {
    name: "takes an address back and hands it out in one write",
    file: "lib/ipam/address_allocator.ts",
    from: "    return this.#released.has(address) && this.#state.taken.has(address) &&",
    to: "    return this.#released.size < 0 && this.#state.taken.has(address) &&",
  },
  {
    name: "names in a status a NIC that has no address",
    file: "lib/reconcile/vmnetcfg/vmnetcfg.ts",
    from: "  if (shown === undefined) return [];",
    to: '  if (shown === undefined) return [{ macAddress, networkName, state: "Pending" }];',
  },
  {
    name: "names in a status what another NIC has got since the pause",
    file: "lib/reconcile/vmnetcfg/pending_address.ts",
    from: "  return isFree && isAnyones ? address : undefined;",
    to: "  return isFree || isAnyones ? address : undefined;",
    firstSeed: 281,
  },
  {
    name: "writes a MAC in another form than its object",
    file: "lib/reconcile/vmnetcfg/vmnetcfg.ts",
    from: "    macAddress: macText ?? macAddress,",
    to: "    macAddress,",
    firstSeed: 84,
  },
  {
    name: "tells that an address was given back which no record had",
    file: "lib/controller/vmnetcfg/released_addresses.ts",
    from: '      if (reason !== "IPReleased" || this.#freed.delete(note)) return true;',
    to: "      if (note.length > 0) return true;",
  },
];
