/** What an agent that keeps a snapshot tells about it. */

import { formatNamespacedName, type NamespacedName } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counter, Gauge, MetricRegistry } from "../../observe/metrics.ts";

const OPERATIONS = ["read", "write", "remove"] as const;

/** What failed. */
export type SnapshotOperation = (typeof OPERATIONS)[number];

/** Metrics of the snapshot of one pool. */
export class SnapshotMetrics {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #failures: Counter;
  readonly #stale: Gauge;
  /** When the pool that is served was read, while it comes from the snapshot. */
  #takenMs: number | undefined;

  constructor(registry: MetricRegistry, pool: NamespacedName, clock: Pick<Clock, "nowMs">) {
    this.#labels = { ippool: pool.name, pool: formatNamespacedName(pool) };
    const labelNames = ["ippool", "pool"];
    this.#stale = registry.gauge({
      name: "vmdhcpagent_stale",
      help: "1 while the pool is served from the snapshot, because the API server has given no " +
        "version since the start that can be served; else 0.",
      labelNames,
    });
    const age = registry.gauge({
      name: "vmdhcpagent_snapshot_age_seconds",
      help: "How long ago what is served from the snapshot was read from the API server; 0 while " +
        "vmdhcpagent_stale is 0.",
      labelNames,
    });
    this.#failures = registry.counter({
      name: "vmdhcpagent_snapshot_failures_total",
      help: "How often the snapshot could not be used, written or removed; the log says why.",
      labelNames: [...labelNames, "operation"],
    });
    for (const operation of OPERATIONS) this.#failures.inc({ ...this.#labels, operation }, 0);
    this.#stale.set(0, this.#labels);
    registry.beforeRead(() => {
      const ageMs = this.#takenMs === undefined ? 0 : clock.nowMs() - this.#takenMs;
      age.set(Math.max(0, ageMs) / 1000, this.#labels);
    });
  }

  failed(operation: SnapshotOperation): void {
    this.#failures.inc({ ...this.#labels, operation });
  }

  /** @param takenMs When what is served was read; `undefined` when that is no snapshot. */
  stale(takenMs: number | undefined): void {
    this.#takenMs = takenMs;
    this.#stale.set(takenMs === undefined ? 0 : 1, this.#labels);
  }
}
