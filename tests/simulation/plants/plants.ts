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
}

export const PLANTS: readonly Plant[] = [
  {
    name: "hands out addresses without asking whether they are taken",
    file: "lib/ipam/address_allocator.ts",
    from: ' === "allocatable" && !this.#taken.has(address)',
    to: ' === "allocatable"',
  },
  {
    name: "gives back what another object claims too when one of them goes",
    file: "lib/reconcile/claims.ts",
    from: "if (vmnetcfg.object.metadata.deletionTimestamp !== undefined) continue;",
    to: `if (vmnetcfg.object.metadata.deletionTimestamp !== undefined) {
      for (const { mac } of heldNicsOf(network, vmnetcfg)) owners.delete(mac);
      continue;
    }`,
  },
  {
    name: "forgets what objects hold that cannot be read",
    file: "lib/reconcile/claims.ts",
    from: "else addFirst(held, heldNicsOf(network, vmnetcfg));",
    to: "",
  },
  {
    name: "does not look again when an object begins to go",
    file: "lib/reconcile/claims.ts",
    from: "before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&",
    to: "",
  },
  {
    name: "tells a NIC the address that it wants before a record has it",
    file: "lib/reconcile/vmnetcfg/nic_outcome.ts",
    from: "  const isBound = address !== undefined;",
    to: `  if (address === undefined && wanted !== undefined) return { nic, address: wanted };
  const isBound = address !== undefined;`,
  },
  {
    name: "lets an object go before its address is given back",
    file: "lib/reconcile/vmnetcfg/vmnetcfg.ts",
    from: "if (isBound) return { ...SETTLED, isWaiting: true };",
    to: "",
  },
  {
    name: "sends a plan again over what somebody else wrote",
    file: "lib/controller/runtime/object_writer.ts",
    from: "const written = this.client.replace(this.type, sent, {",
    to: `const { resourceVersion: _, ...unlocked } = object.metadata;
    const written = this.client.replace(this.type, { ...sent, metadata: unlocked }, {`,
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
    name: "takes an object for one of the same name that is gone",
    file: "lib/controller/runtime/fresh_cache.ts",
    from:
      "if (this.#gone.has(key) && this.#gone.get(key) === cached.object.metadata.uid) return [];",
    to: "if (this.#gone.has(key)) return [];",
  },
  {
    name: "writes though it may not lead any more",
    file: "lib/kube/election/leader_election.ts",
    from: "return this.#leftMs() > 0;",
    to: "return this.#renewedMs !== undefined;",
  },
  {
    name: "keeps what is missing in a new list",
    file: "lib/kube/cache/informer.ts",
    from: "const gone = isWhole ?",
    to: "const gone = isWhole && this.#versions.size < 0 ?",
  },
  {
    name: "plans before its caches are filled",
    file: "lib/controller/runtime/controller_set.ts",
    from: "await Promise.all(this.#watches.map((each) => each.whenSynced()));",
    to: "await Promise.resolve();",
  },
];
