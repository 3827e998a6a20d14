/** Metrics of the controller about its objects, with the names and labels that dashboards use. */

import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { formatCidr } from "../net/cidr.ts";
import type { Gauge, Labels, MetricRegistry } from "../observe/metrics.ts";
import type { PoolView } from "../reconcile/ippool/pool_view.ts";
import { objectOf } from "../reconcile/raw_fields.ts";

/** The series of the objects; those of an object go with it. */
export class ControllerMetrics {
  readonly #used: ObjectSeries;
  readonly #available: ObjectSeries;
  readonly #status: ObjectSeries;

  constructor(registry: MetricRegistry) {
    const poolLabels = ["ippool", "network", "pool", "subnet"];
    this.#used = new ObjectSeries(registry.gauge({
      name: "vmdhcpcontroller_ippool_used",
      help: "Amount of IP addresses which are in use",
      labelNames: poolLabels,
    }));
    this.#available = new ObjectSeries(registry.gauge({
      name: "vmdhcpcontroller_ippool_available",
      help: "Amount of IP addresses which are available",
      labelNames: poolLabels,
    }));
    this.#status = new ObjectSeries(registry.gauge({
      name: "vmdhcpcontroller_vmnetcfg_status",
      help: "Status of the vmnetcfg objects",
      labelNames: ["ip", "mac", "network", "status", "vm"],
    }));
  }

  /** Shows the counts that a pool's status has; a pool without counts shows none. */
  showPool({ key, object, network, addresses }: PoolView): void {
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

  forgetPool(key: string): void {
    this.#used.show(key, []);
    this.#available.show(key, []);
  }

  /** Shows a series for each NIC in the status. */
  showVirtualMachine(key: string, { status }: VirtualMachineNetworkConfig): void {
    const nics = status?.networkConfigs ?? [];
    this.#status.show(
      key,
      nics.map((nic) => ({
        labels: {
          ip: nic.allocatedIPAddress ?? "",
          mac: nic.macAddress ?? "",
          network: nic.networkName ?? "",
          status: nic.state ?? "",
          vm: key,
        },
        value: 1,
      })),
    );
  }

  forgetVirtualMachine(key: string): void {
    this.#status.show(key, []);
  }
}

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The series of one gauge, by the object that they are about. */
class ObjectSeries {
  readonly #gauge: Gauge;
  readonly #shown = new Map<string, readonly Labels[]>();

  constructor(gauge: Gauge) {
    this.#gauge = gauge;
  }

  /** Replaces all series of an object. */
  show(key: string, samples: readonly Sample[]): void {
    for (const labels of this.#shown.get(key) ?? []) this.#gauge.remove(labels);
    for (const { labels, value } of samples) this.#gauge.set(value, labels);
    if (samples.length === 0) this.#shown.delete(key);
    else this.#shown.set(key, samples.map(({ labels }) => labels));
  }
}
