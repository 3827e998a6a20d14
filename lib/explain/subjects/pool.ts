/** `vm-dhcp explain pool` and `network`: whether a VM network is served. */

import { formatNamespacedName, keyOf, type NamespacedName } from "../../api/meta.ts";
import { activePoolOf, byAge, type PoolView } from "../../reconcile/ippool/pool_view.ts";
import { askAll } from "../ask.ts";
import type { Check, Question, World } from "../contract.ts";
import { type Explanation, explanationOf } from "../explanation.ts";
import type { Facts } from "../facts.ts";
import { well, wrong } from "../findings.ts";
import { findMissing } from "../names.ts";
import { POOL_QUESTIONS } from "../questions/pool.ts";
import { describeUse } from "../questions/pool_state.ts";

export const FOUND_QUESTIONS: readonly Question<readonly [NamespacedName, Facts]>[] = [
  {
    code: "POOL_KNOWN",
    holds: "There is a pool with the name.",
    needs: [],
    ask: ([name, facts], world) => {
      const key = formatNamespacedName(name);
      const keys = facts.pools.map((pool) => pool.key);
      return facts.pool(key) === undefined
        ? findMissing({ what: "IPPool", name, keys }, world)
        : well(`there is IPPool ${key}`);
    },
  },
];

export const NETWORK_QUESTIONS: readonly Question<readonly [NamespacedName, Facts]>[] = [
  {
    code: "NETWORK_HAS_POOL",
    holds: "A pool serves the VM network.",
    needs: [],
    ask: ([name, facts], world) => {
      const key = formatNamespacedName(name);
      const active = activePoolOf(facts.network(key).pools);
      if (active !== undefined) return well(`the pool ${active.key} serves ${key}`);
      const [leaving] = facts.network(key).pools;
      if (leaving !== undefined) {
        return wrong(
          `the pool ${leaving.key}, the only one of ${key}, is being deleted`,
          "create a new one when it is gone",
        );
      }
      const { networks } = world;
      const known = networks.ok ? networks.value.map(({ object }) => keyOf(object)) : [];
      const named = facts.pools.flatMap(({ network }) => network ?? []);
      return known.includes(key)
        ? wrong(`no pool serves ${key}`, `create an IPPool with networkName: ${key}`)
        : findMissing(
          { what: "VM network", name, keys: [...new Set([...known, ...named])] },
          world,
        );
    },
  },
];

/** Explains a pool. */
export function explainPool(name: NamespacedName, facts: Facts, world: World): Explanation {
  const about = formatNamespacedName(name);
  const found = askAll(FOUND_QUESTIONS, { subject: [name, facts], about }, world);
  const pool = facts.pool(about);
  const checks = pool === undefined ? found : [...found, ...askPool(pool, facts, world)];
  return explanationOf(about, checks, {
    wellSays: pool === undefined ? "" : sayPoolWell(pool),
    headOf: ({ verdict }) => pool && headOf(about, verdict),
  });
}

/** Explains a VM network by its pool. */
export function explainNetwork(name: NamespacedName, facts: Facts, world: World): Explanation {
  const about = formatNamespacedName(name);
  const found = askAll(NETWORK_QUESTIONS, { subject: [name, facts], about }, world);
  const [pool] = byAge(facts.network(about).pools);
  const checks = pool === undefined ? found : [...found, ...askPool(pool, facts, world)];
  return explanationOf(about, checks, {
    wellSays: pool === undefined ? "" : sayPoolWell(pool),
    headOf: ({ verdict }) => pool && headOf(about, verdict),
  });
}

/** All questions about a pool, and which of its NICs wait. */
export function askPool(pool: PoolView, facts: Facts, world: World): readonly Check[] {
  const network = pool.network === undefined ? undefined : facts.network(pool.network);
  const subject = { pool, network, agents: world.agents.get(pool.key) ?? [] };
  return askAll(POOL_QUESTIONS, { subject, about: pool.key }, world);
}

function sayPoolWell(pool: PoolView): string {
  return `the pool ${pool.key} serves ${pool.network}: ${describeUse(pool)} addresses are in use`;
}

function headOf(about: string, verdict: Check["verdict"]): string {
  return verdict === "failed"
    ? `${about} is not well`
    : `whether ${about} is well could not be decided`;
}
