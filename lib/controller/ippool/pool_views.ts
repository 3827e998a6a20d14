/** Views of pools, derived once for each version of a pool rather than once for each of its users. */

import { isJsonEqual, type JsonObject } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { IPPOOL_BY_NETWORK } from "../../reconcile/kinds.ts";
import {
  type PoolChanges,
  type PoolView,
  poolViewOf,
  viewAfterWrite,
  withChanges,
} from "../../reconcile/ippool/pool_view.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { type FreshCache, isSameVersion, Watched } from "../runtime/fresh_cache.ts";

/** A new version of a pool, or the end of one. */
export interface PoolChange {
  readonly key: string;
  /** After a commit, its record is that of `after`: ask `macs` and `freed` what was different. */
  readonly before: PoolView | undefined;
  readonly after: PoolView | undefined;
  /** MACs whose binding came, went or moved. */
  readonly macs: ReadonlySet<MacAddress>;
  /** Addresses that nobody is bound to any more. */
  readonly freed: ReadonlyMap<Ipv4Address, MacAddress>;
  /** Whether it is what this process planned and wrote. */
  readonly isCommit: boolean;
}

/** What a write changes in a pool. */
type Changes = PoolChanges & { readonly macs: ReadonlySet<MacAddress> };

/** A status that is being written. */
interface ExpectedWrite {
  readonly status: JsonObject;
  /** What it was planned from. */
  readonly from: PoolView;
  readonly changes: Changes;
  /** What the pool became by it, as soon as that is known. */
  committed?: PoolView;
}

/** The newest version that was seen of a pool. */
interface Latest {
  readonly view: PoolView;
  /** The object of the cache that the view stands for. */
  readonly object: KubeObject;
}

/** Pools as the planners see them. */
export class PoolViews implements Watched<PoolChange> {
  readonly #latest = new Map<string, Latest>();
  readonly #expected = new Map<string, ExpectedWrite>();
  /** Pools that a write is letting go. */
  readonly #leaving = new Map<string, PoolView>();
  readonly #handlers: ((change: PoolChange) => void)[] = [];

  constructor(readonly ippools: FreshCache<IPPool>) {
    ippools.onNewest((key) => this.get(key));
  }

  /** The newest view of a pool; `undefined` when there is no such pool. */
  get(key: string): PoolView | undefined {
    const observed = this.ippools.get(key);
    const latest = this.#latest.get(key);
    if (observed === undefined) {
      this.#latest.delete(key);
      if (latest !== undefined) this.#tell(key, latest.view, undefined);
      return undefined;
    }
    if (latest?.object === observed.object) return latest.view;
    return this.#take(key, observed, latest?.view);
  }

  onNetwork(network: string): readonly PoolView[] {
    return this.ippools.byIndex(IPPOOL_BY_NETWORK, network)
      .map(({ object }) => this.get(keyOf(object)))
      .filter((view) => view !== undefined);
  }

  /**
   * Runs a write of a pool's status: what it makes of the pool is known and not read again, be it the
   * answer that comes first or the watch.
   *
   * @returns The pool as the write left it; `undefined` when somebody else has changed it since.
   */
  async during(
    { status, from, changes }: Omit<ExpectedWrite, "committed">,
    write: () => Promise<void>,
  ): Promise<PoolView | undefined> {
    const { key } = from;
    const expected: ExpectedWrite = { status, from, changes };
    this.#expected.set(key, expected);
    try {
      await write();
      const now = this.get(key);
      return now === expected.committed ? now : undefined;
    } finally {
      this.#expected.delete(key);
      if (expected.committed === undefined) this.#tellFailed(key, changes);
    }
  }

  /** Runs the write that lets a pool go: what it binds goes with it. */
  async duringRelease(pool: PoolView, write: () => Promise<void>): Promise<void> {
    const { key, record } = pool;
    this.#leaving.set(key, pool);
    try {
      await write();
    } finally {
      this.#leaving.delete(key);
      // It may stay, for a failure or for others who keep it.
      if (this.get(key) !== undefined) {
        this.#tellFailed(key, { macs: new Set(record.addresses.keys()) });
      }
    }
  }

  /**
   * Whether a write that is under way changes what a MAC is bound to in a pool, and it is not known
   * yet what the pool became by it.
   */
  isChanging(key: string, mac: MacAddress): boolean {
    if (this.#leaving.get(key)?.record.addresses.has(mac) === true) return true;
    const expected = this.#expected.get(key);
    return expected?.committed === undefined && expected?.changes.macs.has(mac) === true;
  }

  whenSynced(): Promise<void> {
    return this.ippools.whenSynced();
  }

  onChange(handler: (change: PoolChange) => void): void {
    this.#handlers.push(handler);
  }

  #take(key: string, observed: Observed<IPPool>, before: PoolView | undefined): PoolView {
    const { object } = observed;
    // What the watch brings of a version that is known.
    if (
      before !== undefined && isSameVersion(before.object, object) && isSameRecord(before, object)
    ) {
      this.#latest.set(key, { view: before, object });
      return before;
    }
    const expected = this.#expected.get(key);
    if (expected !== undefined && isAsWritten(object, expected)) {
      return this.#takeWritten(object, before, expected);
    }
    const view = before !== undefined && isSameButMetadata(before.object, object)
      ? { ...before, object, deleting: object.metadata.deletionTimestamp !== undefined }
      : poolViewOf(observed);
    this.#latest.set(key, { view, object });
    this.#tell(key, before, view);
    return view;
  }

  /** Its maps are those of the pool that it was planned from, which have still to take the changes. */
  #takeWritten(
    object: KubeObject,
    before: PoolView | undefined,
    expected: ExpectedWrite,
  ): PoolView {
    const { from, changes } = expected;
    const { key } = from;
    const view = expected.committed ?? viewAfterWrite(from, object, changes);
    expected.committed = view;
    this.#latest.set(key, { view, object });
    if (before === from) this.#commit({ key, before, after: view }, changes);
    else if (before !== view) this.#tell(key, before, view);
    return view;
  }

  #commit(
    pools: Pick<PoolChange, "key" | "before" | "after">,
    { macs, delta: { freed } }: Changes,
  ): void {
    const change = { ...pools, macs, freed, isCommit: true };
    for (const handler of this.#handlers) handler(change);
  }

  /** Nothing will come of a write: nobody need wait for it. */
  #tellFailed(key: string, { macs }: Pick<Changes, "macs">): void {
    const view = this.get(key);
    const change = { key, before: view, after: view, macs, freed: new Map(), isCommit: false };
    for (const handler of this.#handlers) handler(change);
  }

  #tell(key: string, before: PoolView | undefined, after: PoolView | undefined): void {
    const macs = changedMacsOf(before, after);
    const freed = new Map(
      [...before?.record.bindings ?? []]
        .filter(([address]) => after?.record.bindings.has(address) === false),
    );
    for (const handler of this.#handlers) {
      handler({ key, before, after, macs, freed, isCommit: false });
    }
  }
}

/**
 * Whether a version is what is being written. One whose specification somebody has changed since is more
 * than that, and is read.
 */
function isAsWritten(
  { spec, status }: KubeObject,
  { committed, from, changes, ...written }: ExpectedWrite,
) {
  if (!isJsonEqual(spec, from.object.spec)) return false;
  if (status === written.status) return true;
  return committed === undefined &&
    withChanges(from, changes, () => isJsonEqual(status, written.status));
}

/**
 * Whether a server stored the record that was sent. It may have dropped fields that its definition
 * does not know; to write these again would not bring them back.
 */
function isSameRecord({ allocated }: PoolView, { status }: KubeObject): boolean {
  const stored = objectOf(objectOf(status).ipv4).allocated;
  return isJsonEqual(
    stored,
    allocated.size === 0 && stored === undefined ? stored : allocated.all(),
  );
}

function isSameButMetadata(a: KubeObject, b: KubeObject): boolean {
  return a.status === b.status && a.spec === b.spec;
}

function changedMacsOf(
  was: PoolView | undefined,
  is: PoolView | undefined,
): ReadonlySet<MacAddress> {
  const changed = new Set<MacAddress>();
  if (was?.record === is?.record) return changed;
  const before: ReadonlyMap<MacAddress, Ipv4Address> = was?.record.addresses ?? new Map();
  const after: ReadonlyMap<MacAddress, Ipv4Address> = is?.record.addresses ?? new Map();
  for (const [mac, address] of after) if (before.get(mac) !== address) changed.add(mac);
  for (const mac of before.keys()) if (!after.has(mac)) changed.add(mac);
  return changed;
}
