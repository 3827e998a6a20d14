/**
 * Every version of the pools and of the VirtualMachineNetworkConfigs of a namespace, in the order of
 * their commits, and the rules that hold at each of them.
 */

import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { isStatus, type KubeClient, type WatchEvent } from "../../../lib/kube/contract.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { bindingsOf, isInRange, toldOf, wantedOf } from "./pool_bindings.ts";

/** A version of an object; its last one when it is gone. */
interface Version {
  readonly plural: string;
  readonly object: KubeObject;
  readonly isGone: boolean;
  /** The revision of the whole store, which orders the versions of all kinds. */
  readonly revision: number;
}

const RETRY_MS = 200;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Follows a namespace of an API server whose revisions count the writes to all kinds. */
export class WorldHistory implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #versions: Version[] = [];
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, number>();
  readonly #done: Promise<unknown>;
  /** Why it last stopped following. */
  #failure: unknown;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#done = Promise.all(
      [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS].map((type) => this.#follow(type)),
    );
  }

  /**
   * Breaches of the rules so far, each with its revision: no address at two MACs of a network, no
   * address outside of what a pool hands out, nobody told before the commit, and no address lost
   * while its NIC wants it.
   */
  async breaches(): Promise<readonly string[]> {
    for (const type of [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS]) await this.#untilSeen(type);
    const judge = new Judge();
    const versions = this.#versions.toSorted((a, b) => a.revision - b.revision);
    return versions.flatMap((version) =>
      judge.breachesOf(version).map((breach) => `revision ${version.revision}: ${breach}`)
    );
  }

  /** What the objects said of the NICs that a breach names, one line for each change. */
  storyOf(breach: string): readonly string[] {
    const macs = breach.match(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g) ?? [];
    const last = new Map<string, string>();
    return this.#versions.toSorted((a, b) => a.revision - b.revision)
      .flatMap(({ plural, object, isGone, revision }) => {
        const { name, deletionTimestamp } = object.metadata;
        const parts = plural === IPPOOLS.plural
          ? bindingsOf(object).map(({ nic, address }) => `${nic} ${address}`)
          : [
            ...[...wantedOf(object)].map(([nic, address]) => `wants ${nic} ${address ?? ""}`),
            ...[...toldOf(object)].map(([nic, address]) => `told ${nic} ${address}`),
          ];
        const about = parts.filter((part) => macs.some((mac) => part.includes(mac)));
        const state = isGone ? "gone" : deletionTimestamp === undefined ? "there" : "going";
        const line = [`${name} is ${state}`, ...about].join(", ");
        if ((about.length === 0 && !last.has(name)) || line === last.get(name)) return [];
        last.set(name, line);
        return [`${revision} ${line}`];
      });
  }

  /** The number of versions so far. */
  get length(): number {
    return this.#versions.length;
  }

  /** The number of versions of pools so far, which only controllers write. */
  get commits(): number {
    return this.#versions.filter(({ plural }) => plural === IPPOOLS.plural).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow(type: ResourceType): Promise<void> {
    const { signal } = this.#stop;
    const namespace = this.#namespace;
    while (!signal.aborted) {
      try {
        if (!this.#seen.has(type.plural)) await this.#list(type);
        const resourceVersion = String(this.#seen.get(type.plural));
        const options = { namespace, resourceVersion, allowWatchBookmarks: true, signal };
        for await (const event of this.#client.watch(type, options)) this.#take(type, event);
      } catch (error) {
        this.#failure = error;
        // What was missed would never be judged.
        if (isStatus(error, 410)) return;
        await pause(RETRY_MS);
      }
    }
  }

  /** The world is new, so nothing has happened before this. */
  async #list(type: ResourceType): Promise<void> {
    const list = await this.#client.list(type, { namespace: this.#namespace });
    for (const object of list.items) this.#add(type, object, false);
    this.#seen.set(type.plural, Number(list.resourceVersion));
  }

  #take(type: ResourceType, event: WatchEvent): void {
    if (event.type === "ERROR") throw event.error;
    if (event.type === "NAMELESS") throw new Error(`an object of ${type.plural} has no name`);
    if (event.type === "BOOKMARK") {
      this.#seen.set(type.plural, Number(event.resourceVersion));
    } else {
      this.#add(type, event.object, event.type === "DELETED");
      this.#seen.set(type.plural, Number(event.object.metadata.resourceVersion));
    }
  }

  #add({ plural }: ResourceType, object: KubeObject, isGone: boolean): void {
    const revision = Number(object.metadata.resourceVersion);
    this.#versions.push({ plural, object, isGone, revision });
  }

  /** Waits until all versions that are there now were seen. */
  async #untilSeen(type: ResourceType): Promise<void> {
    const { items } = await this.#client.list(type, { namespace: this.#namespace });
    const newest = Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
    await waitUntil(() => (this.#seen.get(type.plural) ?? -1) >= newest || undefined, {
      what: `the history of ${type.plural} up to revision ${newest}`,
      explain: () => String(this.#failure),
    });
  }
}

/** Addresses under the name of the network and the MAC of their NICs. */
type Addresses = ReadonlyMap<string, string>;

/** An address that a NIC was told, and since when it has wanted it without a break. */
interface Kept {
  readonly address: string;
  readonly since: number;
}

/** A version of a pool. */
interface PoolVersion {
  readonly revision: number;
  readonly bound: Addresses;
}

/**
 * A pool's commit is planned from its version before, and from VMs as its controller saw them since. So
 * a wish that was withdrawn and renewed counts from the second commit after that.
 */
const COMMITS_IN_FLIGHT = 2;

/** Goes through the versions in order. */
class Judge {
  /** The latest versions of each pool, the newest first. */
  readonly #pools = new Map<string, readonly PoolVersion[]>();
  /** What each VM was told and still wants, by NIC. */
  readonly #kept = new Map<string, ReadonlyMap<string, Kept>>();
  /** What the status of each VM says, wanted or not. */
  readonly #shown = new Map<string, Addresses>();

  breachesOf(version: Version): readonly string[] {
    return version.plural === IPPOOLS.plural ? this.#judgePool(version) : this.#judgeVm(version);
  }

  #judgePool({ object, isGone, revision }: Version): readonly string[] {
    const { name } = object.metadata;
    const before = this.#pools.get(name) ?? [];
    const bindings = isGone ? [] : bindingsOf(object);
    const bound = new Map(bindings.map(({ nic, address }) => [nic, address]));
    this.#pools.set(name, [{ revision, bound }, ...before.slice(0, COMMITS_IN_FLIGHT)]);
    const twice = bindings.filter(({ nic, address }) => bound.get(nic) !== address)
      .map(({ nic, address }) => `${name} binds ${address} and ${bound.get(nic)} to ${nic}`);
    const outside = bindings.filter(({ address }) => !isInRange(object, address))
      .map(({ nic, address }) => `${name} binds ${address} to ${nic} outside of its range`);
    const plannedSince = before[COMMITS_IN_FLIGHT - 1]?.revision ?? 0;
    const lost = [...this.#kept].flatMap(([vm, kept]) =>
      [...kept].filter(([nic, { address, since }]) =>
        since < plannedSince && before[0]?.bound.get(nic) === address &&
        bound.get(nic) !== address
      ).map(([nic, { address }]) => `${name} takes ${address} from ${nic} of ${vm}`)
    );
    return [...twice, ...outside, ...lost];
  }

  #judgeVm({ object, isGone, revision }: Version): readonly string[] {
    const { name, deletionTimestamp } = object.metadata;
    const [kept, shown] = [this.#kept.get(name), this.#shown.get(name)];
    this.#kept.delete(name);
    this.#shown.delete(name);
    if (isGone || deletionTimestamp !== undefined) return [];
    const told = toldOf(object);
    const wanted = wantedOf(object);
    const still = [...told].filter(([nic, address]) =>
      wanted.has(nic) && [undefined, address].includes(wanted.get(nic))
    );
    this.#shown.set(name, told);
    this.#kept.set(
      name,
      new Map(still.map(([nic, address]) => {
        const before = kept?.get(nic);
        return [nic, before?.address === address ? before : { address, since: revision }];
      })),
    );
    return [...told].filter(([nic, address]) =>
      shown?.get(nic) !== address && !this.#wasBound(nic, address)
    ).map(([nic, address]) => `${name} is told ${address} for ${nic} before the commit`);
  }

  #wasBound(nic: string, address: string): boolean {
    return [...this.#pools.values()].flat().some(({ bound }) => bound.get(nic) === address);
  }
}
