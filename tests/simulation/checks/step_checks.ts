/** What must hold at every write of a controller. */

import { VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../../../lib/reconcile/names.ts";
import { isJsonEqual, objectAt } from "../../../lib/base/json.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import type { Commit } from "../api/model_api.ts";
import { type ClaimFacts, ClaimHistory } from "./claim_history.ts";
import { type ConfigFacts, configFacts, type PoolFacts, poolFacts } from "./facts.ts";
import { PoolHistory } from "./pool_history.ts";

/** The time that a writer may have known the world as of. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Judges each write by what its author can have known. */
export class StepChecks {
  readonly claims = new ClaimHistory();
  readonly pools = new PoolHistory();

  /** @param fail Called with a sentence for each promise that a write breaks. */
  constructor(readonly fail: (problem: string) => void) {}

  /** Takes note of a change, and judges it if a controller made it. */
  note(commit: Commit): void {
    const isConfig = commit.plural === VIRTUAL_MACHINE_NETWORK_CONFIGS.plural;
    const isPool = commit.plural === "ippools";
    if (isConfig) this.claims.note(commit);
    if (isPool) this.pools.note(commit);
    if (commit.sent === undefined || commit.before === undefined) return;
    if (isPool) this.#checkPool(commit);
    if (isConfig) this.#checkConfig(commit);
  }

  #checkPool(commit: Commit): void {
    const before = poolFacts(commit.before!);
    if (commit.after === undefined) return this.#checkPoolLetGo(commit, before);
    const after = poolFacts(commit.after);
    const span = spanOf(commit);
    for (const [address, mac] of before.bindings) {
      if (after.bindings.get(address) !== mac) {
        this.#checkLoss(after, { address, mac, before, span });
      }
    }
    for (const [address, mac] of after.bindings) {
      if (before.bindings.get(address) !== mac) {
        this.#checkGain(after, { address, mac, before, span });
      }
    }
    const used = objectAt(commit.after["status"], "ipv4")["used"];
    const isStatusWritten = !isJsonEqual(commit.after["status"], commit.before!["status"]);
    if (isStatusWritten && used !== after.bindings.size) {
      this.fail(`${after.key} says that ${used} addresses are used, not ${after.bindings.size}`);
    }
    const hadFinalizer = before.object.metadata.finalizers?.includes(IPPOOL_FINALIZER) ?? false;
    if (hadFinalizer && !after.object.metadata.finalizers?.includes(IPPOOL_FINALIZER)) {
      this.#checkPoolLetGo(commit, before);
    }
  }

  /** A pool keeps its finalizer for as long as a VM holds one of its addresses. */
  #checkPoolLetGo(commit: Commit, pool: PoolFacts): void {
    const span = spanOf(commit);
    for (const [address, mac] of pool.bindings) {
      const states = this.claims.between(pool.network, mac, span);
      const isHeldElsewhere = this.pools.between(pool.network, span).some((other) =>
        other.key !== pool.key && [...other.bindings.values()].includes(mac)
      );
      if (isHeldElsewhere || states.some(({ claims }) => claims.length === 0)) continue;
      this.fail(`${pool.key} is let go while ${mac} holds ${address} of it`);
    }
  }

  /** No live binding is lost without a cause. */
  #checkLoss(
    pool: PoolFacts,
    { address, mac, before, span }: {
      readonly address: string;
      readonly mac: string;
      readonly before: PoolFacts;
      readonly span: Span;
    },
  ): void {
    const states = this.claims.between(pool.network, mac, span);
    const pools = this.pools.between(pool.network, span);
    const isUnclaimed = states.some(({ claims }) => claims.length === 0);
    const isMoved = states.some(({ claims }) =>
      claims.some(({ wanted }) => wanted !== undefined && wanted !== address)
    );
    const isTwice = [...before.bindings].some(([other, its]) => its === mac && other !== address);
    const isElsewhere = pools.some((other) =>
      other.key !== pool.key && [...other.bindings.values()].includes(mac)
    );
    // A NIC may have been told the address that passed to it before the pool decided about that.
    const from = Math.min(span.from, Number(before.object.metadata.resourceVersion));
    const isAnothers = pools.some((other) =>
      other.key !== pool.key && (other.bindings.get(address) ?? mac) !== mac
    );
    const owners = new Set(
      this.claims.between(pool.network, mac, { from, to: span.to })
        .flatMap(({ claims }) => claims.map(({ config }) => config.namespace)),
    );
    const isLimited = pools.some(({ rules }) =>
      rules.allowedNamespaces !== undefined || rules.maxAddressesPerNamespace !== undefined
    );
    const isPassedOn = isLimited && (owners.size > 1 || states.some(isUntold));
    if (isUnclaimed || isMoved || isTwice || isElsewhere || isAnothers || isPassedOn) return;
    // An answer may tell that the owner goes before the watch tells who is next.
    const last = new Set(states.at(-1)?.claims.map(({ config }) => config.uid));
    const hasOwnerLeft = states.some(({ claims }) =>
      claims.some(({ config }) => !last.has(config.uid))
    );
    if (hasOwnerLeft && !states.at(-1)!.claims.some(({ told }) => told === address)) return;
    this.fail(`${pool.key} takes ${address} from ${mac}, which still claims it`);
  }

  /**
   * What is handed out is the pool's to hand out, and no other pool's. Whether its last holder could
   * lose it is asked there.
   */
  #checkGain(
    pool: PoolFacts,
    { address, mac, before, span }: {
      readonly address: string;
      readonly mac: string;
      readonly before: PoolFacts;
      readonly span: Span;
    },
  ): void {
    const what = `${pool.key} hands out ${address} to ${mac}`;
    const states = this.claims.between(pool.network, mac, span);
    const isAsked = states.some(({ claims }) => claims.some(({ wanted }) => wanted === address));
    const number = parseIpv4Address(address)!;
    const kind = isAsked ? pool.range?.askedKindOf(number) : pool.range?.kindOf(number);
    if (kind !== "allocatable") this.fail(`${what}, which is ${kind ?? "not in a valid range"}`);
    for (const [other, its] of pool.bindings) {
      if (its === mac && other !== address && before.bindings.get(other) === mac) {
        this.fail(`${what}, which has ${other} already`);
      }
    }
    this.#checkOtherPools(what, pool, { address, mac, span });
    if (states.every(({ claims }) => claims.length === 0)) {
      this.fail(`${what}, which nobody claims`);
    }
  }

  #checkOtherPools(
    what: string,
    pool: PoolFacts,
    { address, mac, span }: { readonly address: string; readonly mac: string; readonly span: Span },
  ): void {
    // A pool that went meanwhile holds nothing: an answer may tell that before the watch does.
    const last = new Set(this.pools.at(pool.network, span.to).map(({ key }) => key));
    const isHeldThroughout = (key: string) =>
      last.has(key) && this.pools.between(pool.network, span).filter((each) => each.key === key)
        .every(({ bindings }) => bindings.has(address) && bindings.get(address) !== mac);
    for (const other of this.pools.at(pool.network, span.from)) {
      if (other.key !== pool.key && isHeldThroughout(other.key)) {
        this.fail(`${what}, which ${other.key} has given to ${other.bindings.get(address)}`);
      }
    }
  }

  #checkConfig(commit: Commit): void {
    const before = configFacts(commit.before!);
    const after = commit.after === undefined ? undefined : configFacts(commit.after);
    const span = spanOf(commit);
    for (const { network, mac, address } of after?.told ?? []) {
      if (address === undefined) continue;
      const isKnown = before.told.some((each) =>
        each.network === network && each.mac === mac && each.address === address
      );
      const isCommitted = this.pools.between(network, span).some(({ bindings }) =>
        bindings.get(address) === mac
      );
      if (!isKnown && !isCommitted) {
        this.fail(
          `${before.key} is told ${address} for ${mac}, which no record of ${network} says`,
        );
      }
    }
    const had = before.object.metadata.finalizers?.includes(VMNETCFG_FINALIZER) ?? false;
    const has = after?.object.metadata.finalizers?.includes(VMNETCFG_FINALIZER) ?? false;
    if (had && !has) this.#checkConfigLetGo(before, span);
  }

  /** An object keeps its finalizer until its addresses are given back. */
  #checkConfigLetGo({ key, uid, nics }: ConfigFacts, span: Span): void {
    for (const { network, mac } of nics) {
      const isClaimedByOthers = this.claims.between(network, mac, span).some(({ claims }) =>
        claims.some(({ config }) => config.uid !== uid)
      );
      if (isClaimedByOthers) continue;
      for (const { key: poolKey } of this.pools.at(network, span.to)) {
        const versions = this.pools.between(network, span).filter((pool) => pool.key === poolKey);
        const isBound = versions.every(({ bindings, isPaused }) =>
          !isPaused && [...bindings.values()].includes(mac)
        );
        if (isBound) this.fail(`${key} is let go while ${poolKey} binds an address to ${mac}`);
      }
    }
  }
}

function isUntold({ claims }: { readonly claims: readonly ClaimFacts[] }): boolean {
  return claims.some(({ told }) => told === undefined);
}

function spanOf({ sent, version }: Commit): Span {
  const { seen } = sent!;
  const versions = ["ippools", VIRTUAL_MACHINE_NETWORK_CONFIGS.plural]
    .map((plural) => seen.get(plural) ?? 0);
  return { from: Math.min(...versions), to: version };
}
