/** Metrics of VirtualMachineNetworkConfigs, with the names and labels that dashboards use. */

import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import { ObjectSeries } from "../runtime/object_series.ts";

/** A series for each NIC in a status. */
export class VmnetcfgMetrics {
  readonly #status: ObjectSeries;

  constructor(registry: MetricRegistry) {
    this.#status = new ObjectSeries(registry, {
      name: "vmdhcpcontroller_vmnetcfg_status",
      help: "Status of the vmnetcfg objects",
      labelNames: ["ip", "mac", "network", "status", "vm"],
    });
  }

  /** @param vmnetcfg `undefined` when it is gone. */
  show(key: string, vmnetcfg: VirtualMachineNetworkConfig | undefined): void {
    const series = vmnetcfg?.status?.networkConfigs?.map((nic) => ({
      labels: {
        ip: nic.allocatedIPAddress ?? "",
        mac: nic.macAddress ?? "",
        network: nic.networkName ?? "",
        status: nic.state ?? "",
        vm: key,
      },
      value: 1,
    }));
    this.#status.show(key, series);
  }
}
