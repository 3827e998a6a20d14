/** Metrics of pools, with the names and labels that dashboards use. */

import { formatCidr } from "../../net/cidr.ts";
import type { Labels, MetricRegistry } from "../../observe/metrics.ts";
import { type PoolView, recordBytesOf } from "../../reconcile/ippool/pool_view.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { ObjectSeries } from "../runtime/object_series.ts";

const LABEL_NAMES = ["ippool", "network", "pool", "subnet"];

/** The counts in the status of each pool; a pool without counts has no series. */
export class IPPoolMetrics {
  readonly #used: ObjectSeries;
  readonly #available: ObjectSeries;
  readonly #bytes: ObjectSeries;

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
  }

  /** @param pool `undefined` when it is gone. */
  show(key: string, pool: PoolView | undefined): void {
    const { used, available } = objectOf(objectOf(pool?.object.status).ipv4);
    const labels = pool && labelsOf(pool);
    const seriesOf = (value: unknown) =>
      labels && typeof value === "number" ? [{ labels, value }] : [];
    this.#used.show(key, seriesOf(used));
    this.#available.show(key, seriesOf(available));
    this.#bytes.show(key, seriesOf(pool && recordBytesOf(pool)));
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
