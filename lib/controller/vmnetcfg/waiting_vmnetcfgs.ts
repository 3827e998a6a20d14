/** VirtualMachineNetworkConfigs that wait for a pool, and which change of it is news to them. */

import {
  activePoolOf,
  countOf,
  type PoolView,
  vacancyBeside,
} from "../../reconcile/ippool/pool_view.ts";
import type {
  PendingNic,
  VirtualMachineNetworkConfigPlan,
  WaitingNic,
} from "../../reconcile/vmnetcfg/vmnetcfg.ts";
import { nicIndexValue } from "../../reconcile/kinds.ts";
import type { PoolChange } from "../ippool/pool_views.ts";

/** What one object waits for. */
interface Waiting {
  readonly namespace: string;
  readonly nics: readonly WaitingNic[];
  readonly pending: readonly PendingNic[];
}

/** What a plan says of the NICs of an object that a commit may concern. */
type Concerns = Pick<VirtualMachineNetworkConfigPlan, "waiting" | "pending">;

/** Objects with a NIC that has not got what it wants, or that may get back what it had. */
export class WaitingVmnetcfgs {
  readonly #byNetwork = new Map<string, Map<string, Waiting>>();
  readonly #networksOf = new Map<string, readonly string[]>();
  /** By the NIC that holds an address, those that wait for it. */
  readonly #byHolder = new Map<string, Set<string>>();
  readonly #holdersOf = new Map<string, readonly string[]>();

  /** Replaces what is known of an object; without NICs it waits for nothing. */
  set(key: string, namespace: string, { waiting: nics, pending }: Concerns): void {
    for (const network of this.#networksOf.get(key) ?? []) {
      const waiting = this.#byNetwork.get(network);
      waiting?.delete(key);
      if (waiting?.size === 0) this.#byNetwork.delete(network);
    }
    this.#networksOf.delete(key);
    this.#setHolders(key, nics);
    const networks = [...new Set([...nics, ...pending].map(({ network }) => network))];
    if (networks.length === 0) return;
    this.#networksOf.set(key, networks);
    for (const network of networks) {
      const waiting = this.#byNetwork.get(network) ?? new Map();
      this.#byNetwork.set(network, waiting);
      const isThere = (nic: { readonly network: string }) => nic.network === network;
      waiting.set(key, {
        namespace,
        nics: nics.filter(isThere),
        pending: pending.filter(isThere),
      });
    }
  }

  /** Those that wait for the address of a NIC, which is given by its `nicIndexValue`. */
  forAddressOf(nic: string): Iterable<string> {
    return this.#byHolder.get(nic) ?? [];
  }

  #setHolders(key: string, nics: readonly WaitingNic[]): void {
    for (const holder of this.#holdersOf.get(key) ?? []) {
      const waiting = this.#byHolder.get(holder);
      waiting?.delete(key);
      if (waiting?.size === 0) this.#byHolder.delete(holder);
    }
    const holders = nics.flatMap(({ network, holder }) =>
      holder === undefined ? [] : [nicIndexValue({ network, mac: holder })]
    );
    if (holders.length === 0) this.#holdersOf.delete(key);
    else this.#holdersOf.set(key, holders);
    for (const holder of holders) {
      const waiting = this.#byHolder.get(holder) ?? new Set();
      this.#byHolder.set(holder, waiting.add(key));
    }
  }

  /**
   * Those that a change of a pool of the network may concern, although it bound or freed nothing of theirs.
   * Thousands may wait for a full pool: a commit wakes those only to whom it made a difference.
   *
   * @param pools All of the network, as they are after the change.
   */
  concernedBy(
    network: string,
    change: PoolChange,
    pools: readonly PoolView[],
  ): readonly string[] {
    const waiting = this.#byNetwork.get(network);
    if (waiting === undefined) return [];
    if (!change.isCommit) return [...waiting.keys()];
    const fullReason = fullReasonOf(pools);
    return [...waiting].filter(([, { namespace, nics, pending }]) =>
      nics.some((nic) => isNews({ ...change, fullReason }, nic, namespace)) ||
      pending.some((nic) => isPassedOn(change, nic))
    ).map(([key]) => key);
  }
}

type FullReason = NonNullable<PoolView["vacancy"]>["fullReason"];

/** Why no address is left, if so; one that another pool of the network records is not handed out. */
function fullReasonOf(pools: readonly PoolView[]): FullReason {
  const active = activePoolOf(pools);
  if (active === undefined) return undefined;
  const others = pools.filter((pool) => pool !== active);
  return vacancyBeside(active, others)?.fullReason;
}

/** Whether somebody else has got the address that a NIC had. */
function isPassedOn({ after }: PoolChange, { mac, address }: PendingNic): boolean {
  const record = after?.record;
  return record?.taken.has(address) === true && record.bindings.get(address) !== mac;
}

/** Whether a NIC that a commit did not serve now waits for something else, or for another reason. */
function isNews(
  { before, after, freed, fullReason }: PoolChange & { readonly fullReason: FullReason },
  { reason, wantsOne }: WaitingNic,
  namespace: string,
): boolean {
  const rules = after?.addresses.ok ? after.addresses.value.namespaces : {};
  const { maxAddressesPerNamespace: max = Infinity } = rules;
  const [held, holds] = [before, after].map((pool) =>
    pool === undefined ? -Infinity : countOf(pool, namespace)
  );
  // That is said before everything else.
  if (held! < max && holds! >= max) return true;
  const [was, is] = [before, after].map((pool) => pool?.vacancy?.fullReason);
  switch (reason) {
    case "AwaitingCommit":
      // There is room: the next commit brings it, unless another one has got what it wants.
      return wantsOne || fullReason !== undefined;
    case "AddressBoundTwice":
      return freed.size > 0;
    case "PoolExhausted":
    case "PoolRecordFull":
      // What another pool records counts too, unless a single address is wanted.
      return wantsOne
        ? is !== undefined && is !== was
        : fullReason !== undefined && fullReason !== reason;
    case "NamespaceLimitReached":
      return held !== holds;
    default:
      return false;
  }
}
