/** The controllers' series of their objects, as they are exposed. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { IPPoolMetrics } from "../../../lib/controller/ippool/ippool_metrics.ts";
import { ControlLoop } from "../../../lib/controller/runtime/control_loop.ts";
import { VmnetcfgMetrics } from "../../../lib/controller/vmnetcfg/vmnetcfg_metrics.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import type { MetricRegistry } from "../../../lib/observe/metrics.ts";
import { type PoolView, poolViewOf } from "../../../lib/reconcile/ippool/pool_view.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";

const CONDITIONS = [
  { type: "Ready", status: "False", reason: "NotReady", message: "no agent is ready" },
  { type: "HasAddresses", status: "True", reason: "AddressesAvailable", message: "" },
];

function poolWith(used: number, available: number): PoolView {
  const object = ippoolSample({ status: { ipv4: { used, available }, conditions: CONDITIONS } });
  return poolViewOf({ object, parsed: parseIPPool(object) });
}

function metricsOfVms(registry: MetricRegistry, withoutNicSeries = false): VmnetcfgMetrics {
  return new VmnetcfgMetrics({ registry, log: new RecordingLogger(), withoutNicSeries });
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
  const vmnetcfgs = metricsOfVms(registry);
  pools.show("default/ippool-1", poolWith(2, 6), { wanted: 2, ready: 1 });
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

# HELP vmdhcpcontroller_ippool_record_bytes Length of the status of a pool, all of which each change writes
# TYPE vmdhcpcontroller_ippool_record_bytes gauge
vmdhcpcontroller_ippool_record_bytes{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24"} 215

# HELP vmdhcpcontroller_ippool_condition 1 for each condition of a pool, with its status and its reason
# TYPE vmdhcpcontroller_ippool_condition gauge
vmdhcpcontroller_ippool_condition{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24",condition="Ready",reason="NotReady",status="False"} 1
vmdhcpcontroller_ippool_condition{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24",condition="HasAddresses",reason="AddressesAvailable",status="True"} 1

# HELP vmdhcpcontroller_ippool_wanted_agents Number of agents that a pool should have; 0 while it is paused
# TYPE vmdhcpcontroller_ippool_wanted_agents gauge
vmdhcpcontroller_ippool_wanted_agents{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24"} 2

# HELP vmdhcpcontroller_ippool_ready_agents Number of agents of a pool that are ready
# TYPE vmdhcpcontroller_ippool_ready_agents gauge
vmdhcpcontroller_ippool_ready_agents{ippool="ippool-1",network="default/net-48",pool="default/ippool-1",subnet="192.168.48.0/24"} 1

# HELP vmdhcpcontroller_vmnetcfg_status Status of the vmnetcfg objects
# TYPE vmdhcpcontroller_vmnetcfg_status gauge
vmdhcpcontroller_vmnetcfg_status{ip="192.168.48.82",mac="e2:67:41:51:64:ae",network="default/net-48",status="Allocated",vm="default/test-vm-01"} 1

# HELP vmdhcpcontroller_nics_hidden NICs that have no series in vmdhcpcontroller_vmnetcfg_status: they are switched off, or too many
# TYPE vmdhcpcontroller_nics_hidden gauge
vmdhcpcontroller_nics_hidden 0
`,
  );
});

Deno.test("series disappear with their object, and when a label changes", async () => {
  const registry = createPrometheusRegistry();
  const pools = new IPPoolMetrics(registry);
  const vmnetcfgs = metricsOfVms(registry);
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

/** A pool of one name with its counts. */
function poolOf(namespace: string, network: string, used: number): PoolView {
  const object = ippoolSample({
    metadata: { namespace },
    spec: { networkName: network },
    status: { ipv4: { used, available: 8 - used } },
  });
  return poolViewOf({ object, parsed: parseIPPool(object) });
}

function nicsOf(namespace: string, ip: string) {
  const object = vmnetcfgSample({
    metadata: { namespace },
    status: {
      networkConfigs: [1, 2].map((last) => ({ ...NIC, allocatedIPAddress: `${ip}${last}` })),
    },
  });
  const parsed = parseVirtualMachineNetworkConfig(object);
  assert.ok(parsed.ok);
  return parsed.value;
}

const NIC = { macAddress: "e2:67:41:51:64:ae", networkName: "default/net-48", state: "Allocated" };

Deno.test("pools and VMs of one name in two namespaces share no series, whatever comes and goes", async () => {
  const present = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
  const step = fc.tuple(fc.constantFrom("pool", "vm"), fc.constantFrom("a", "b"), present);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const registry = createPrometheusRegistry();
      const pools = new IPPoolMetrics(registry);
      const vmnetcfgs = metricsOfVms(registry);
      const shown = new Map<string, readonly string[]>();
      for (const [kind, namespace, at] of steps) {
        const network = `default/net-${(at ?? 0) % 2}`;
        if (kind === "pool") {
          const view = at === undefined ? undefined : poolOf(namespace, network, at);
          pools.show(`${namespace}/ippool-1`, view);
          const labels = `{ippool="ippool-1",network="${network}",` +
            `pool="${namespace}/ippool-1",subnet="192.168.48.0/24"}`;
          shown.set(
            `pool ${namespace}`,
            at === undefined ? [] : [
              `vmdhcpcontroller_ippool_used${labels} ${at}`,
              `vmdhcpcontroller_ippool_available${labels} ${8 - at}`,
              `vmdhcpcontroller_ippool_record_bytes${labels} ${
                JSON.stringify(view!.object.status).length
              }`,
            ],
          );
        } else {
          const ip = `10.0.${at}.`;
          vmnetcfgs.show(`${namespace}/vm`, at === undefined ? undefined : nicsOf(namespace, ip));
          const lines = [1, 2].map((last) =>
            `vmdhcpcontroller_vmnetcfg_status{ip="${ip}${last}",mac="${NIC.macAddress}",` +
            `network="default/net-48",status="Allocated",vm="${namespace}/vm"} 1`
          );
          shown.set(`vm ${namespace}`, at === undefined ? [] : lines);
        }
      }
      const lines = (await registry.expose()).split("\n").filter((line) => line.includes("{"));
      assert.deepEqual(lines.sort(), [...shown.values()].flat().sort());
    }),
  );
});

Deno.test("queues and loops of two controllers share no series", async () => {
  const exposed = async (...names: readonly string[]) => {
    const registry = createPrometheusRegistry();
    const parts = { clock: new FakeClock(), registry, log: new RecordingLogger(), random: () => 0 };
    for (const name of names) {
      const reconcile = () => Promise.resolve({});
      new ControlLoop({ ...parts, name, workers: 1, reconcile }).enqueue("default/same");
    }
    return (await registry.expose()).split("\n").filter((line) => /^[^#]/.test(line)).sort();
  };
  const [one, two] = [await exposed("one"), await exposed("two")];
  assert.ok(one.length > 0);
  assert.deepEqual(await exposed("one", "two"), [...one, ...two].sort());
});
