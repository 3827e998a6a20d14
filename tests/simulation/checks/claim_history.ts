/** Who claimed which MAC when: what a controller may have known, however old its caches were. */

import type { Commit } from "../api/model_api.ts";
import { type ConfigFacts, configFacts } from "./facts.ts";

/** A claim of one object to an address for a MAC. */
export interface ClaimFacts {
  readonly config: ConfigFacts;
  readonly wanted: string | undefined;
  readonly told: string | undefined;
}

/** All claims to a MAC on a network, from a version on. */
export interface ClaimState {
  readonly version: number;
  readonly claims: readonly ClaimFacts[];
}

const NOBODY: ClaimState = { version: 0, claims: [] };

/** The claims of all times. */
export class ClaimHistory {
  readonly #states = new Map<string, ClaimState[]>();

  /** Notes a change of a VirtualMachineNetworkConfig. */
  note({ version, before, after }: Commit): void {
    const was = before && configFacts(before);
    const is = after && configFacts(after);
    const nics = [...was?.nics ?? [], ...is?.nics ?? []];
    for (const slot of new Set(nics.map(({ network, mac }) => slotOf(network, mac)))) {
      const states = this.#states.get(slot) ?? [];
      this.#states.set(slot, states);
      const uid = (is ?? was)!.uid;
      const others = (states.at(-1) ?? NOBODY).claims.filter(({ config }) => config.uid !== uid);
      states.push({ version, claims: [...others, ...is === undefined ? [] : claimsOf(is, slot)] });
    }
  }

  /** The claims after a version. */
  at(network: string, mac: string, version: number): readonly ClaimFacts[] {
    return this.between(network, mac, { from: version, to: version })[0]!.claims;
  }

  /** The claims at all times from one version to another, the first as of `from`. */
  between(
    network: string,
    mac: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): readonly ClaimState[] {
    const states = this.#states.get(slotOf(network, mac)) ?? [];
    const found: ClaimState[] = [];
    for (let index = states.length - 1; index >= 0; index--) {
      const state = states[index]!;
      if (state.version > to) continue;
      found.unshift(state);
      if (state.version <= from) return found;
    }
    return [NOBODY, ...found];
  }
}

/** Objects that are paused or go claim nothing; those that cannot be read keep what they hold. */
function claimsOf(config: ConfigFacts, slot: string): readonly ClaimFacts[] {
  if (config.isDeleting || (config.isPaused && config.isReadable)) return [];
  return config.nics
    .filter(({ network, mac, isPossible }) => isPossible && slotOf(network, mac) === slot)
    .map(({ network, mac, wanted }) => ({
      config,
      wanted: config.isReadable ? wanted : undefined,
      told: config.told.find((each) => each.network === network && each.mac === mac)?.address,
    }));
}

function slotOf(network: string, mac: string): string {
  return `${network} ${mac}`;
}
