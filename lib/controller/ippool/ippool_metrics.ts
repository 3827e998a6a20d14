/** Metrics of pools, with the names and labels that dashboards use. */

import { formatCidr } from "../../net/cidr.ts";
import { conditionsOf } from "../../api/workload/pod.ts";
import type { Labels, MetricRegistry } from "../../observe/metrics.ts";
import type { AgentCounts } from "../../reconcile/agent_status.ts";
import { type PoolView, recordBytesOf } from "../../reconcile/ippool/pool_view.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { ObjectSeries } from "../runtime/object_series.ts";

const LABEL_NAMES = ["ippool", "network", "pool", "subnet"];

/** What the status of each pool says; what it does not say has no series. */
export class IPPoolMetrics {
  readonly #used: ObjectSeries;
  readonly #available: ObjectSeries;
  readonly #bytes: ObjectSeries;
  readonly #conditions: ObjectSeries;
  readonly #wantedAgents: ObjectSeries;
  readonly #readyAgents: ObjectSeries;

  constructor(registry: MetricRegistry) {
    this.#used = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_used",
      help: "Amount of IP addresses which are in use",
      labelNames: LABEL_NAMES,
    });
    this.#available = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_available",
      help: "Amount of IP addresses which are available",
      labelNames: LABEL_NAMES,
    });
    this.#bytes = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_record_bytes",
      help: "Length of the status of a pool, all of which each change writes",
      labelNames: LABEL_NAMES,
    });
    this.#conditions = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_condition",
      help: "1 for each condition of a pool, with its status and its reason",
      labelNames: [...LABEL_NAMES, "condition", "reason", "status"],
    });
    this.#wantedAgents = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_wanted_agents",
      help: "Number of agents that a pool should have; 0 while it is paused",
      labelNames: LABEL_NAMES,
    });
    this.#readyAgents = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_ippool_ready_agents",
      help: "Number of agents of a pool that are ready",
      labelNames: LABEL_NAMES,
    });
  }

  /**
   * @param pool `undefined` when it is gone.
   * @param agents Absent where it is not known how many there are.
   */
  show(key: string, pool: PoolView | undefined, agents?: AgentCounts): void {
    const status = objectOf(pool?.object.status);
    const { used, available } = objectOf(status.ipv4);
    const labels = pool && labelsOf(pool);
    const seriesOf = (value: unknown) =>
      labels && typeof value === "number" ? [{ labels, value }] : [];
    this.#used.show(key, seriesOf(used));
    this.#available.show(key, seriesOf(available));
    this.#bytes.show(key, seriesOf(pool && recordBytesOf(pool)));
    this.#conditions.show(
      key,
      labels && conditionsOf(status).map(({ type, status, reason = "" }) => ({
        labels: { ...labels, condition: type, reason, status },
        value: 1,
      })),
    );
    this.#wantedAgents.show(key, seriesOf(agents?.wanted));
    this.#readyAgents.show(key, seriesOf(agents?.ready));
  }
}

function labelsOf({ key, object, network, addresses }: PoolView): Labels {
  return {
    ippool: object.metadata.name,
    network: network ?? "",
    pool: key,
    subnet: addresses.ok ? formatCidr(addresses.value.settings.cidr) : "",
  };
}
