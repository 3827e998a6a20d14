/**
 * What `vm-dhcp explain` and `vm-dhcp status` are made of: the world as it was read, and checks of it.
 * Nothing is read here, so the same world always gives the same checks.
 */

import type { IPPool } from "../api/ippool/ippool.ts";
import type { KubeObject, NamespacedName, Observed } from "../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../api/network_attachment_definition.ts";
import type { VirtualMachine } from "../api/virtual_machine/virtual_machine.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import type { Pod } from "../api/workload/pod.ts";
import type { AskingMachine } from "../reconcile/agent_report.ts";

/** What was read, or a sentence that says why it could not be; a missing right is named there. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** The objects of one kind. A kind that is not served has none. */
export type Objects<T> = Reading<readonly T[]>;

/** Everything that the checks look at. */
export interface World {
  /** Milliseconds since the epoch, by the clock of whoever asks. */
  readonly nowMs: number;
  readonly ippools: Objects<Observed<IPPool>>;
  readonly vmnetcfgs: Objects<Observed<VirtualMachineNetworkConfig>>;
  readonly networks: Objects<Observed<NetworkAttachmentDefinition>>;
  readonly virtualMachines: Objects<Observed<VirtualMachine>>;
  /** Pods of agents, controllers and webhooks. */
  readonly pods: Objects<Observed<Pod>>;
  /** Deployments of agents, controllers and webhooks. */
  readonly deployments: Objects<KubeObject>;
  /** The Lease by which one of several controllers leads; `undefined` where there is none. */
  readonly leader: Reading<KubeObject | undefined>;
  /** Which Lease that is. */
  readonly leaderLease: NamespacedName;
  /** Of both kinds, those that concern our kinds. */
  readonly webhookConfigurations: Objects<KubeObject>;
  /** By `namespace/name` of the Service that a webhook configuration names, how many ready endpoints it has. */
  readonly backends: ReadonlyMap<string, Reading<number>>;
  /** By the URL that a webhook configuration has instead of a Service, why nobody answered there; empty when somebody did. */
  readonly urls: ReadonlyMap<string, string>;
  /** True where one process is all of it: there are no pods, and no Lease. */
  readonly isStandalone: boolean;
  /** Why standalone says that it is not ready, such as the lines of a manifest that are wrong; nothing in a cluster. */
  readonly unready: Reading<readonly string[]>;
  /** By `namespace/name` of the pool, what its agents said; a pool that was not asked about is absent. */
  readonly agents: ReadonlyMap<string, readonly AgentAnswer[]>;
}

/** One agent that was asked, and what it said. */
export interface AgentAnswer {
  /** Name of its pod, or the address where it was asked. */
  readonly name: string;
  /** Since when it has been running, where that is known (RFC 3339). */
  readonly startedAt?: string;
  /** The clients that it knows, by MAC in normal form. */
  readonly leases: Reading<ReadonlyMap<string, AgentLease>>;
  /** Machines that asked it and that no object names. */
  readonly unknown: Objects<AskingMachine>;
}

/** What an agent tells one client. */
export interface AgentLease {
  readonly address: string;
  /** `null` when the client has not asked this agent since it started; absent when the agent does not say. */
  readonly lastAsked?: LastAsked | null;
}

/** The last request of a client. */
export interface LastAsked {
  /** RFC 3339. */
  readonly time: string;
  /** Message type, such as `REQUEST`. */
  readonly type: string;
  /** What became of it, such as `ack`; as in `vmdhcpagent_packets_total`. */
  readonly outcome: string;
  readonly count: number;
}

/** What is asked about. */
export type Subject =
  | { readonly kind: "vm" | "pool" | "network"; readonly name: NamespacedName }
  | { readonly kind: "mac" | "address"; readonly text: string };

/** What became of a check. */
export type Verdict =
  | "ok"
  | "failed"
  /** It says nothing, because one that it depends on is not `ok`. */
  | "skipped"
  /** What it looks at could not be read. */
  | "unknown";

/** What a question found. */
export interface Finding {
  readonly verdict: Exclude<Verdict, "skipped">;
  /** A clause without a full stop, which can stand behind a colon: `the pool default/a is paused`. */
  readonly says: string;
  /** What to do, as an imperative; only of one that is not `ok`. */
  readonly cure?: string;
}

/** A question with its answer, as it is printed. */
export interface Check {
  /** Stable word for programs, such as `POOL_NOT_PAUSED`. It names what is well. */
  readonly code: string;
  readonly verdict: Verdict;
  readonly says: string;
  readonly cure?: string;
  /** The object or the part of it that it looks at, such as `default/ippool-1`. */
  readonly about: string;
}

/**
 * A row of a list of questions about things of one sort, such as pools. `docs/explain.md` has a table of
 * all of them.
 */
export interface Question<S> {
  readonly code: string;
  /** What holds when it is well: one sentence for the table of the documentation. */
  readonly holds: string;
  /** Codes of earlier rows: while one of them is not `ok`, this one is skipped. */
  readonly needs: readonly string[];
  /** @returns `undefined` when the question does not arise. */
  readonly ask: (subject: S, world: World) => Finding | undefined;
}

/**
 * A row of the list behind `vm-dhcp status`, which looks at the whole installation: it finds something about
 * each of several things, or nothing.
 */
export interface StatusQuestion {
  readonly code: string;
  /** What holds when it is well: one sentence for the table of the documentation. */
  readonly holds: string;
  readonly ask: (world: World) => readonly (Finding & Pick<Check, "about">)[];
}
