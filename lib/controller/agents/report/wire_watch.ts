/** What agents have reported: kept for the conditions of pools, and told as Events. */

import type { Clock } from "../../../base/clock.ts";
import type { IPPool } from "../../../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../../api/vmnetcfg/vmnetcfg.ts";
import type { Cache, EventRecorder } from "../../../kube/contract.ts";
import { parseIpv4Address } from "../../../net/ipv4_address.ts";
import { parseMacAddress } from "../../../net/mac_address.ts";
import type { AgentReport } from "../../../reconcile/agent_report.ts";
import { IPPOOL_BY_NETWORK, nicIndexValue, VMNETCFG_BY_NIC } from "../../../reconcile/kinds.ts";
import {
  AGENTS_CURRENT,
  agentsCurrentOf,
  FollowingAgents,
} from "../../../reconcile/network_clear/agents_current.ts";
import { NETWORK_CLEAR, networkClearOf } from "../../../reconcile/network_clear/network_clear.ts";
import {
  nothingKnown,
  ShownCondition,
  type WireKnowledge,
} from "../../../reconcile/network_clear/shown_condition.ts";
import type { ConflictFact } from "../../../reconcile/network_clear/wire_facts.ts";
import { type WireNote, WireNotes } from "../../../reconcile/network_clear/wire_notes.ts";
import type { PoolOnWire } from "../../../reconcile/network_clear/wire_sentences.ts";
import { WireSightings } from "../../../reconcile/network_clear/wire_sightings.ts";
import type { WantedCondition } from "../../../reconcile/conditions.ts";
import { networkOfPool, objectOf, toldNicsOf } from "../../../reconcile/raw_fields.ts";
import { vmOf } from "../../../reconcile/virtual_machine/vm_owner.ts";
import type { AgentPodSource } from "./report_source.ts";

/** Without a report for so long nothing is known any more. */
const SILENCE_MS_MAX = 5 * 60_000;

/** So long after the first report all agents have been asked, and what none of them saw is not there. */
const FIRST_ROUND_MS = 60_000;

const NOTHING: WireKnowledge = { network: "notYet", agents: "notYet" };

const SILENCE =
  "no agent has reported for five minutes; look at the condition AgentReady and at the " +
  "controller's log";

/** What it is made with. */
export interface WireWatchOptions extends AgentPodSource {
  readonly ippools: Cache<Observed<IPPool>>;
  readonly vmnetcfgs: Cache<Observed<VirtualMachineNetworkConfig>>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  /** Called when a condition of a pool should change. */
  readonly onChange: (poolKey: string) => void;
}

interface PoolWire {
  /** Of the pool: another one of the same name begins anew. */
  readonly uid: string | undefined;
  readonly sightings: WireSightings;
  readonly notes: WireNotes;
  readonly following: FollowingAgents;
  readonly network: ShownCondition;
  readonly agents: ShownCondition;
  /** When an agent reported first and last; until then `lastHeardMs` is when the wait began. */
  firstHeardMs: number | undefined;
  lastHeardMs: number;
  /** Why agents cannot be asked; a sentence that ends with what to do. */
  obstacle: string | undefined;
}

/** What is known of the networks and the agents of all pools. */
export class WireWatch {
  readonly #options: WireWatchOptions;
  readonly #pools = new Map<string, PoolWire>();

  constructor(options: WireWatchOptions) {
    this.#options = options;
  }

  /** What the conditions of a pool should say. */
  observe(poolKey: string): WireKnowledge {
    const wire = this.#pools.get(poolKey);
    const pool = this.#options.ippools.get(poolKey);
    if (wire === undefined || wire.uid !== pool?.object.metadata.uid) return NOTHING;
    return { network: wire.network.shown, agents: wire.agents.shown };
  }

  /** Takes over the report of an agent of this pool. */
  note(poolKey: string, report: AgentReport): void {
    const { ippools, clock } = this.#options;
    const observed = ippools.get(poolKey);
    if (observed === undefined) return;
    const wire = this.#wireOf(poolKey, observed);
    const monotonicMs = clock.monotonicMs();
    wire.firstHeardMs ??= monotonicMs;
    wire.lastHeardMs = monotonicMs;
    const nowMs = clock.nowMs();
    wire.sightings.note(report, { monotonicMs, nowMs });
    const poolVersion = observed.object.metadata.resourceVersion;
    wire.following.note(report, { poolVersion, monotonicMs, nowMs });
    const pool = this.#poolOnWireOf(poolKey, observed);
    const current = wire.sightings.current(monotonicMs);
    this.#tell(observed.object, pool, [
      ...wire.notes.due(current, pool, monotonicMs),
      ...wire.notes.stale(report, pool, monotonicMs),
    ]);
    this.#show(poolKey, observed);
  }

  /** Says why agents of a pool cannot be asked; `undefined` once they can. */
  setObstacle(poolKey: string, obstacle: string | undefined): void {
    const observed = this.#options.ippools.get(poolKey);
    if (observed === undefined) return;
    this.#wireOf(poolKey, observed).obstacle = obstacle;
    this.#show(poolKey, observed);
  }

  /** Looks at what time alone has changed; forgets pools that are gone. */
  sweep(): void {
    const { ippools } = this.#options;
    for (const key of this.#pools.keys()) {
      if (ippools.get(key) === undefined) this.#pools.delete(key);
    }
    for (const observed of ippools.list()) {
      const { namespace, name } = observed.object.metadata;
      this.#show(`${namespace}/${name}`, observed);
    }
  }

  #show(poolKey: string, observed: Observed<IPPool>): void {
    const nowMs = this.#options.clock.monotonicMs();
    const wire = this.#wireOf(poolKey, observed);
    const wanted = wantedOf(wire, nowMs, {
      pool: () => this.#poolOnWireOf(poolKey, observed),
      isThere: (instance) =>
        this.#options.agentPodsOf(poolKey).some(({ name }) => name === instance),
      poolKey,
    });
    const hasNews = [
      wire.network.update(wanted.network, nowMs),
      wire.agents.update(wanted.agents, nowMs),
    ];
    if (hasNews.includes(true)) this.#options.onChange(poolKey);
  }

  #wireOf(poolKey: string, { object: { metadata: { uid } } }: Observed<IPPool>): PoolWire {
    const known = this.#pools.get(poolKey);
    if (known !== undefined && known.uid === uid) return known;
    const nowMs = this.#options.clock.monotonicMs();
    const made: PoolWire = {
      uid,
      sightings: new WireSightings(),
      notes: new WireNotes(nowMs),
      following: new FollowingAgents(),
      network: new ShownCondition(),
      agents: new ShownCondition(),
      firstHeardMs: undefined,
      lastHeardMs: nowMs,
      obstacle: undefined,
    };
    this.#pools.set(poolKey, made);
    return made;
  }

  #poolOnWireOf(key: string, observed: Observed<IPPool>): PoolOnWire {
    const network = networkOfPool(observed);
    const { allocated } = objectOf(objectOf(observed.object.status).ipv4);
    const bindings = objectOf(allocated);
    return {
      key,
      network: network ?? "of this pool",
      serverIP: serverIpOf(observed) ?? "the server's address",
      isBound: (address, mac) => {
        const bound = Object.hasOwn(bindings, address) ? bindings[address] : undefined;
        return typeof bound === "string" && parseMacAddress(bound) === parseMacAddress(mac);
      },
      isOtherPoolsServer: (address) =>
        network !== undefined &&
        this.#options.ippools.byIndex(IPPOOL_BY_NETWORK, network).some((other) =>
          keyOf(other.object) !== key && serverIpOf(other) === address
        ),
    };
  }

  #tell(pool: KubeObject, { network }: PoolOnWire, notes: readonly WireNote[]): void {
    const { recorder } = this.#options;
    for (const { note, fact } of notes) {
      const nic = fact?.kind === "conflict" ? this.#holderOf(fact, network) : undefined;
      for (
        const { apiVersion, kind, metadata } of [pool, nic, nic && vmOf(nic)].flatMap(
          (object) => object ?? [],
        )
      ) {
        recorder.record({ regarding: { apiVersion, kind, metadata }, ...note });
      }
    }
  }

  /** The object that was told the address. */
  #holderOf({ address, mac }: ConflictFact, network: string): KubeObject | undefined {
    const [addressNumber, macNumber] = [parseIpv4Address(address), parseMacAddress(mac)];
    if (macNumber === undefined) return undefined;
    return this.#options.vmnetcfgs.byIndex(
      VMNETCFG_BY_NIC,
      nicIndexValue({ network, mac: macNumber }),
    ).find((each) =>
      toldNicsOf(each).some((nic) =>
        nic.told === addressNumber && nic.mac === macNumber && nic.network === network
      )
    )?.object;
  }
}

function wantedOf(
  wire: PoolWire,
  nowMs: number,
  { pool, isThere, poolKey }: {
    readonly pool: () => PoolOnWire;
    readonly isThere: (instance: string) => boolean;
    readonly poolKey: string;
  },
): WireKnowledge {
  const { sightings, following, firstHeardMs, lastHeardMs } = wire;
  const obstacle = wire.obstacle ?? (nowMs - lastHeardMs >= SILENCE_MS_MAX ? SILENCE : undefined);
  if (obstacle !== undefined) {
    return {
      network: nothingKnown(NETWORK_CLEAR, obstacle),
      agents: nothingKnown(AGENTS_CURRENT, obstacle),
    };
  }
  if (firstHeardMs === undefined) return NOTHING;
  const hadFirstRound = nowMs - firstHeardMs >= FIRST_ROUND_MS;
  const sure = (wanted: WantedCondition, isSure = hadFirstRound) =>
    wanted.status === "True" && !isSure ? "notYet" : wanted;
  const late = following.late(nowMs, isThere);
  return {
    network: sure(networkClearOf(sightings.current(nowMs), pool())),
    agents: sure(agentsCurrentOf(late, poolKey), hadFirstRound && !following.isUndecided),
  };
}

function serverIpOf({ object: { spec } }: Observed<IPPool>): string | undefined {
  const { serverIP } = objectOf(objectOf(spec).ipv4Config);
  return typeof serverIP === "string" ? serverIP : undefined;
}
