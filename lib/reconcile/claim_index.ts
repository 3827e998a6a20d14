/** The claims of all networks, kept up to date object by object instead of collected for each plan. */

import type { Observed } from "../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import type { MacAddress } from "../net/mac_address.ts";
import {
  type Claim,
  type ClaimsByMac,
  claimsOf,
  compareOwners,
  type NetworkClaims,
} from "./claims.ts";
import { namedNicsOf } from "./kinds.ts";

/** A claim, and where it stands. */
interface Placed {
  readonly network: string;
  readonly kind: keyof NetworkClaims;
  readonly claim: Claim;
}

/** What was taken in of an object. */
interface Taken {
  readonly uid: string | undefined;
  readonly version: string | undefined;
  readonly placed: readonly Placed[];
}

/** Claims by network, as {@link "./claims.ts".claimsOn} would collect them. */
export class ClaimIndex {
  readonly #networks = new Map<string, NetworkIndex>();
  readonly #taken = new Map<string, Taken>();

  /** Takes in an object as it is now; `undefined` when it is gone. */
  update(key: string, vmnetcfg: Observed<VirtualMachineNetworkConfig> | undefined): void {
    const before = this.#taken.get(key);
    const { uid, resourceVersion: version } = vmnetcfg?.object.metadata ?? {};
    // The answer to a write and what the watch brings of it are one version.
    if (before !== undefined && version !== undefined && before.version === version) {
      if (before.uid === uid) return;
    }
    const were = before?.placed ?? [];
    const placed = vmnetcfg === undefined ? [] : placedClaimsOf(vmnetcfg);
    for (const each of were) if (!includes(placed, each)) this.#on(each.network).remove(each);
    for (const each of placed) if (!includes(were, each)) this.#on(each.network).add(each);
    for (const { network } of were) this.#forgetIfEmpty(network);
    if (vmnetcfg === undefined) this.#taken.delete(key);
    else this.#taken.set(key, { uid, version, placed });
  }

  /**
   * The claims on a network: a view that follows all changes.
   *
   * @param isRefused Whether the network's pool refuses a namespace.
   */
  claimsOn(network: string, isRefused: (namespace: string) => boolean): NetworkClaims {
    const compare = compareOwners(isRefused);
    const on = () => this.#networks.get(network);
    return {
      owners: new FirstClaims(() => on()?.owners, compare),
      held: new FirstClaims(() => on()?.held, compare),
    };
  }

  /** Collects from now on the MACs whose claims change. */
  follow(network: string): ChangedMacs {
    const on = this.#on(network);
    const changed = new ChangedMacs(() => {
      on.followers.delete(changed);
      this.#forgetIfEmpty(network);
    });
    on.followers.add(changed);
    return changed;
  }

  #on(network: string): NetworkIndex {
    const known = this.#networks.get(network);
    if (known !== undefined) return known;
    const made = new NetworkIndex();
    this.#networks.set(network, made);
    return made;
  }

  #forgetIfEmpty(network: string): void {
    const on = this.#networks.get(network);
    if (on !== undefined && on.isEmpty) this.#networks.delete(network);
  }
}

/** MACs whose claims changed. */
export class ChangedMacs {
  #macs = new Set<MacAddress>();

  /** @param end Ends the collecting. */
  constructor(readonly end: () => void) {}

  add(mac: MacAddress): void {
    this.#macs.add(mac);
  }

  /** Those that changed since this was asked last. */
  take(): ReadonlySet<MacAddress> {
    const taken = this.#macs;
    if (taken.size > 0) this.#macs = new Set();
    return taken;
  }
}

/** All claims on one network; almost always one for each MAC. */
class NetworkIndex {
  readonly owners = new Map<MacAddress, Claim | readonly Claim[]>();
  readonly held = new Map<MacAddress, Claim | readonly Claim[]>();
  readonly followers = new Set<ChangedMacs>();

  get isEmpty(): boolean {
    return this.owners.size === 0 && this.held.size === 0 && this.followers.size === 0;
  }

  add({ kind, claim }: Placed): void {
    const others = this[kind].get(claim.mac);
    this[kind].set(claim.mac, others === undefined ? claim : [...listOf(others), claim]);
    this.#note(claim.mac);
  }

  remove({ kind, claim }: Placed): void {
    const rest = listOf(this[kind].get(claim.mac) ?? []).filter((each) => !isSame(each, claim));
    if (rest.length === 0) this[kind].delete(claim.mac);
    else this[kind].set(claim.mac, rest.length === 1 ? rest[0]! : rest);
    this.#note(claim.mac);
  }

  #note(mac: MacAddress): void {
    for (const follower of this.followers) follower.add(mac);
  }
}

/** Of all claims with one MAC, the first. */
class FirstClaims implements ClaimsByMac {
  readonly #all: () => ReadonlyMap<MacAddress, Claim | readonly Claim[]>;
  readonly #compare: (a: Claim, b: Claim) => number;

  constructor(
    all: () => ReadonlyMap<MacAddress, Claim | readonly Claim[]> | undefined,
    compare: (a: Claim, b: Claim) => number,
  ) {
    this.#all = () => all() ?? NOTHING;
    this.#compare = compare;
  }

  get(mac: MacAddress): Claim | undefined {
    const found = this.#all().get(mac);
    return found === undefined ? undefined : this.#first(found);
  }

  has(mac: MacAddress): boolean {
    return this.#all().has(mac);
  }

  keys(): MapIterator<MacAddress> {
    return this.#all().keys();
  }

  values(): MapIterator<Claim> {
    return this.#all().values().map((found) => this.#first(found)) as MapIterator<Claim>;
  }

  #first(found: Claim | readonly Claim[]): Claim {
    return "length" in found ? found.toSorted(this.#compare)[0]! : found;
  }
}

const NOTHING: ReadonlyMap<MacAddress, Claim> = new Map();

function placedClaimsOf(vmnetcfg: Observed<VirtualMachineNetworkConfig>): readonly Placed[] {
  const networks = new Set(namedNicsOf(vmnetcfg).map(({ network }) => network));
  return [...networks].flatMap((network) => {
    const { kind, claims } = claimsOf(network, vmnetcfg);
    return claims.map((claim) => ({ network, kind, claim }));
  });
}

function listOf(claims: Claim | readonly Claim[]): readonly Claim[] {
  return "length" in claims ? claims : [claims];
}

function includes(list: readonly Placed[], { network, kind, claim }: Placed): boolean {
  return list.some((each) =>
    each.network === network && each.kind === kind && isSame(each.claim, claim)
  );
}

function isSame(a: Claim, b: Claim): boolean {
  return (Object.keys(a) as (keyof Claim)[]).every((field) => a[field] === b[field]);
}
