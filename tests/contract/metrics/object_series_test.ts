/** The controllers' series of their objects, as they are exposed. */

import assert from "node:assert/strict";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { IPPoolMetrics } from "../../../lib/controller/ippool/ippool_metrics.ts";
import { VmnetcfgMetrics } from "../../../lib/controller/vmnetcfg/vmnetcfg_metrics.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import { type PoolView, poolViewOf } from "../../../lib/reconcile/ippool/pool_view.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";

function poolWith(used: number, available: number): PoolView {
  const object = ippoolSample({ status: { ipv4: { used, available } } });
  return poolViewOf({ object, parsed: parseIPPool(object) });
}

function vmWith(ip: string) {
  const networkConfigs = [{
    allocatedIPAddress: ip,
    macAddress: "e2:67:41:51:64:ae",
    networkName: "default/net-48",
    state: "Allocated",
  }];
  const parsed = parseVirtualMachineNetworkConfig(vmnetcfgSample({ status: { networkConfigs } }));
  assert.ok(parsed.ok);
  return parsed.value;
}

Deno.test("series of objects are exposed with names, helps and labels that dashboards use", async () => {
  const registry = createPrometheusRegistry();
  const pools = new IPPoolMetrics(registry);
  const vmnetcfgs = new VmnetcfgMetrics(registry);
  pools.show("default/ippool-1", poolWith(2, 6));
  vmnetcfgs.show("default/test-vm-01", vmWith("192.168.48.82"));
  assert.equal(
    await registry.expose(),
    `\
# HELP vmdhcpcontroller_ippool_used Amount of IP addresses which are in use
# TYPE vmdhcpcontroller_ippool_used gauge
vmdhcpcontroller_ippool_used{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24"} 2

# HELP vmdhcpcontroller_ippool_available Amount of IP addresses which are available
# TYPE vmdhcpcontroller_ippool_available gauge
vmdhcpcontroller_ippool_available{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24"} 6

# HELP vmdhcpcontroller_vmnetcfg_status Status of the vmnetcfg objects
# TYPE vmdhcpcontroller_vmnetcfg_status gauge
vmdhcpcontroller_vmnetcfg_status{ip="192.168.48.82",mac="e2:67:41:51:64:ae",network="default/net-48",status="Allocated",vm="default/test-vm-01"} 1
`,
  );
});

Deno.test("series disappear with their object, and when a label changes", async () => {
  const registry = createPrometheusRegistry();
  const pools = new IPPoolMetrics(registry);
  const vmnetcfgs = new VmnetcfgMetrics(registry);
  pools.show("default/ippool-1", poolWith(2, 6));
  vmnetcfgs.show("default/a", vmWith("192.168.48.82"));
  vmnetcfgs.show("default/a", vmWith("192.168.48.83"));
  const series = (await registry.expose()).split("\n").filter((line) =>
    line.includes('vm="default/a"')
  );
  assert.deepEqual(series.map((line) => /ip="([^"]*)"/.exec(line)?.[1]), ["192.168.48.83"]);
  pools.show("default/ippool-1", undefined);
  vmnetcfgs.show("default/a", undefined);
  const left = (await registry.expose()).split("\n").filter((line) => line.includes("{"));
  assert.deepEqual(left, []);
});
