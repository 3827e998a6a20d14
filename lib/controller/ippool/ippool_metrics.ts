/** Metrics of pools, with the names and labels that dashboards use. */

import { formatCidr } from "../../net/cidr.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { ObjectSeries } from "../runtime/object_series.ts";

const LABEL_NAMES = ["ippool", "network", "pool", "subnet"];

/** The counts that the status of each pool has. */
export class IPPoolMetrics {
  readonly #used: ObjectSeries;
  readonly #available: ObjectSeries;

  constructor(registry: MetricRegistry) {
    this.#used = new ObjectSeries(registry.gauge({
      name: "vmdhcpcontroller_ippool_used",
      help: "Amount of IP addresses which are in use",
      labelNames: LABEL_NAMES,
    }));
    this.#available = new ObjectSeries(registry.gauge({
      name: "vmdhcpcontroller_ippool_available",
      help: "Amount of IP addresses which are available",
      labelNames: LABEL_NAMES,
    }));
  }

  /** A pool without counts has no series. */
  show({ key, object, network, addresses }: PoolView): void {
    const { used, available } = objectOf(objectOf(object.status).ipv4);
    const labels = {
      ippool: object.metadata.name,
      network: network ?? "",
      pool: key,
      subnet: addresses.ok ? formatCidr(addresses.value.settings.cidr) : "",
    };
    this.#used.show(key, typeof used === "number" ? [{ labels, value: used }] : []);
    this.#available.show(key, typeof available === "number" ? [{ labels, value: available }] : []);
  }

  forget(key: string): void {
    this.#used.show(key, []);
    this.#available.show(key, []);
  }
}
