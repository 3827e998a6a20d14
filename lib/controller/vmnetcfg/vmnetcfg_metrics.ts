/** Metrics of VirtualMachineNetworkConfigs, with the names and labels that dashboards use. */

import { networkNameOf } from "../../api/network_name.ts";
import type {
  NetworkConfigStatus,
  VirtualMachineNetworkConfig,
} from "../../api/vmnetcfg/vmnetcfg.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Gauge, MetricRegistry } from "../../observe/metrics.ts";
import { ObjectSeries, type Series } from "../runtime/object_series.ts";

/**
 * NICs that are shown one by one. More series than that make every scrape long and the memory of who
 * collects them full, and nobody looks at them.
 */
export const NIC_SERIES_MAX = 10_000;

/** NICs down to which they stay hidden, so that one that comes and goes does not switch them each time. */
const NIC_SERIES_AGAIN = 9_000;

/** How the series of NICs are shown. */
export interface VmnetcfgMetricsOptions {
  readonly registry: MetricRegistry;
  readonly log: Logger;
  /** Whether NICs have no series at all. */
  readonly withoutNicSeries: boolean;
}

/** A series for each NIC in a status, while there are not too many of them. */
export class VmnetcfgMetrics {
  readonly #options: VmnetcfgMetricsOptions;
  readonly #status: ObjectSeries;
  readonly #hidden: Gauge;
  readonly #objects = new Map<string, VirtualMachineNetworkConfig>();
  #nics = 0;
  #isHidden: boolean;

  constructor(options: VmnetcfgMetricsOptions) {
    this.#options = options;
    this.#isHidden = options.withoutNicSeries;
    this.#status = new ObjectSeries(options.registry, {
      name: "vmdhcpcontroller_vmnetcfg_status",
      help: "Status of the vmnetcfg objects",
      labelNames: ["ip", "mac", "network", "status", "vm"],
    });
    this.#hidden = options.registry.gauge({
      name: "vmdhcpcontroller_nics_hidden",
      help:
        "NICs that have no series in vmdhcpcontroller_vmnetcfg_status: they are switched off, " +
        "or too many",
    });
    this.#hidden.set(0);
  }

  /** @param vmnetcfg `undefined` when it is gone. */
  show(key: string, vmnetcfg: VirtualMachineNetworkConfig | undefined): void {
    this.#nics += nicCountOf(vmnetcfg) - nicCountOf(this.#objects.get(key));
    if (vmnetcfg === undefined) this.#objects.delete(key);
    else this.#objects.set(key, vmnetcfg);
    if (!this.#options.withoutNicSeries) this.#switch();
    if (!this.#isHidden) this.#status.show(key, seriesOf(key, vmnetcfg));
    this.#hidden.set(this.#isHidden ? this.#nics : 0);
  }

  #switch(): void {
    const { log } = this.#options;
    const nics = this.#nics;
    if (!this.#isHidden && nics > NIC_SERIES_MAX) {
      this.#isHidden = true;
      this.#status.clear();
      log.log("warn", "metrics of single NICs hidden", { nics, limit: NIC_SERIES_MAX });
    } else if (this.#isHidden && nics <= NIC_SERIES_AGAIN) {
      this.#isHidden = false;
      for (const [key, vmnetcfg] of this.#objects) this.#status.show(key, seriesOf(key, vmnetcfg));
      log.log("info", "metrics of single NICs shown again", { nics });
    }
  }
}

function nicCountOf(vmnetcfg: VirtualMachineNetworkConfig | undefined): number {
  return shownNicsOf(vmnetcfg).length;
}

/** The NICs of a status, and those that wait: of these a status has no entry. */
function shownNicsOf(
  vmnetcfg: VirtualMachineNetworkConfig | undefined,
): readonly NetworkConfigStatus[] {
  const { networkConfigs = [], conditions = [] } = vmnetcfg?.status ?? {};
  // Before anything is said of it, nothing is known.
  if (vmnetcfg === undefined || conditions.length === 0) return networkConfigs;
  const nameOf = ({ networkName = "", macAddress = "" }: NetworkConfigStatus) =>
    `${networkNameOf(networkName, vmnetcfg.metadata.namespace ?? "")} ${
      parseMacAddress(macAddress)
    }`;
  const named = new Set(networkConfigs.map(nameOf));
  const waiting = vmnetcfg.spec.networkConfigs.filter((nic) => !named.has(nameOf(nic)));
  return [
    ...networkConfigs,
    ...waiting.map(({ macAddress, macText, networkName }): NetworkConfigStatus => ({
      macAddress: macText ?? macAddress,
      networkName,
      state: "Pending",
    })),
  ];
}

function seriesOf(
  vm: string,
  vmnetcfg: VirtualMachineNetworkConfig | undefined,
): readonly Series[] {
  return shownNicsOf(vmnetcfg).map((nic) => ({
    labels: {
      ip: nic.allocatedIPAddress ?? "",
      mac: nic.macAddress ?? "",
      network: nic.networkName ?? "",
      status: nic.state ?? "",
      vm,
    },
    value: 1,
  }));
}
