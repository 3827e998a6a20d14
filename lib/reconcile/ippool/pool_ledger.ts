/** What is known of a pool between two plans, so that the next one need not look at all of it. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { ChangedMacs } from "../claim_index.ts";
import type { Claim, NetworkClaims } from "../claims.ts";
import type { RecordBasis, RecordPlan } from "./ippool_record.ts";
import type { PoolAddresses, PoolView } from "./pool_view.ts";
import { WaitingLine } from "./waiting_line.ts";

/**
 * A pool that is alone on its network and hands out addresses, at rest: a plan from scratch would
 * have nothing to write but for claims that changed since.
 */
export class PoolLedger {
  #pool: PoolView;
  #basis: RecordBasis;
  readonly #waiting = new WaitingLine();
  /** Claims that want another address than they have. */
  readonly #movers = new Map<MacAddress, Claim>();
  /** MACs that were told an address and have none. */
  readonly #lost = new Set<MacAddress>();
  #ended = false;

  /**
   * @param pool As the plan left it, once that was committed.
   * @param changed Has collected changes since before the plan.
   */
  constructor(
    pool: PoolView,
    readonly addresses: PoolAddresses,
    readonly claims: NetworkClaims,
    { plan, changed }: { readonly plan: RecordPlan; readonly changed: ChangedMacs },
  ) {
    this.#pool = pool;
    this.#basis = plan.basis;
    this.changed = changed;
    for (const mac of claims.owners.keys()) this.look(mac);
    for (const mac of claims.held.keys()) this.look(mac);
  }

  readonly changed: ChangedMacs;

  /** The one version that a plan may start from. */
  get pool(): PoolView | undefined {
    return this.#ended ? undefined : this.#pool;
  }

  get basis(): RecordBasis {
    return this.#basis;
  }

  /** Claims that may be bound and have no address, the first owner first. */
  get waiting(): readonly Claim[] {
    return this.#waiting.claims;
  }

  get movers(): Iterable<Claim> {
    return this.#movers.values();
  }

  /** Whether the record lost bindings: who gets which is for a plan from scratch. */
  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** Puts a MAC where it belongs: its claim changed, or its binding. */
  look(mac: MacAddress): void {
    const { owners, held } = this.claims;
    const owner = owners.get(mac);
    const address: Ipv4Address | undefined = this.#pool.record.addresses.get(mac);
    const told = owner?.told ?? held.get(mac)?.told;
    this.#waiting.set(mac, address === undefined && owner?.allocatable ? owner : undefined);
    if (owner?.wanted !== undefined && address !== undefined && address !== owner.wanted) {
      this.#movers.set(mac, owner);
    } else {
      this.#movers.delete(mac);
    }
    if (address === undefined && told !== undefined) this.#lost.add(mac);
    else this.#lost.delete(mac);
  }

  /** Goes on from a plan that was carried out. */
  commit(pool: PoolView, { record }: { readonly record: RecordPlan }): PoolLedger {
    this.#pool = pool;
    this.#basis = { ...record.basis, shares: record.basis.shares.joined() };
    for (const mac of record.macs) this.look(mac);
    return this;
  }

  /** What it knows may not hold any more. */
  end(): void {
    this.#ended = true;
    this.changed.end();
  }
}
