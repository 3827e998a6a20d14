import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { parseVirtualMachineNetworkConfig } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { NIC_SERIES_MAX, VmnetcfgMetrics } from "./vmnetcfg_metrics.ts";

function vmWith(nics: number): VirtualMachineNetworkConfig {
  const networkConfigs = Array.from({ length: nics }, (_, i) => ({
    macAddress: `52:54:00:00:00:0${i}`,
    networkName: "default/net-48",
    state: "Pending",
  }));
  const parsed = parseVirtualMachineNetworkConfig(vmnetcfgSample({ status: { networkConfigs } }));
  assert.ok(parsed.ok);
  return parsed.value;
}

function setUp(withoutNicSeries = false) {
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const metrics = new VmnetcfgMetrics({ registry, log, withoutNicSeries });
  const shown = () =>
    [...registry.values.keys()].filter((key) => key.startsWith("vmdhcpcontroller_vmnetcfg_status"))
      .length;
  const hidden = () => registry.value("vmdhcpcontroller_nics_hidden", {});
  return { metrics, log, shown, hidden };
}

Deno.test("the series of NICs go when there are too many, and come back when there are fewer again", () => {
  const { metrics, log, shown, hidden } = setUp();
  const [four, none] = [vmWith(4), undefined];
  const count = NIC_SERIES_MAX / 4;
  for (let i = 0; i < count; i++) metrics.show(`default/vm-${i}`, four);
  assert.deepEqual([shown(), hidden()], [NIC_SERIES_MAX, 0]);
  metrics.show("default/one-more", vmWith(1));
  assert.deepEqual([shown(), hidden()], [0, NIC_SERIES_MAX + 1]);
  metrics.show("default/one-more", none);
  metrics.show("default/vm-0", four);
  assert.deepEqual([shown(), hidden()], [0, NIC_SERIES_MAX]);
  for (let i = 0; i < 249; i++) metrics.show(`default/vm-${i}`, none);
  assert.equal(shown(), 0);
  metrics.show("default/vm-249", none);
  assert.deepEqual([shown(), hidden()], [NIC_SERIES_MAX - 1000, 0]);
  metrics.show("default/vm-250", vmWith(3));
  assert.equal(shown(), NIC_SERIES_MAX - 1001);
  assert.deepEqual(log.lines.map(({ level, msg }) => `${level} ${msg}`), [
    "warn metrics of single NICs hidden",
    "info metrics of single NICs shown again",
  ]);
});

Deno.test("the series of NICs can be switched off, and are counted all the same", () => {
  const { metrics, log, shown, hidden } = setUp(true);
  metrics.show("default/a", vmWith(2));
  metrics.show("default/b", vmWith(1));
  assert.deepEqual([shown(), hidden()], [0, 3]);
  metrics.show("default/a", undefined);
  assert.deepEqual([shown(), hidden()], [0, 1]);
  assert.deepEqual(log.lines, []);
});

Deno.test("a NIC that waits has a series, although the status has no entry of it", () => {
  const registry = new RecordingRegistry();
  const metrics = new VmnetcfgMetrics({
    registry,
    log: new RecordingLogger(),
    withoutNicSeries: false,
  });
  const [mac, networkName] = ["52:54:00:00:00:0a", "default/net-48"];
  const spec = { networkConfigs: [{ macAddress: mac.toUpperCase(), networkName }] };
  const ip = "192.168.48.82";
  const held = { allocatedIPAddress: ip, macAddress: mac, networkName, state: "Allocated" };
  const conditions = [{ type: "Allocated", status: "False" }];
  const show = (status: JsonObject) => {
    const parsed = parseVirtualMachineNetworkConfig(vmnetcfgSample({ spec, status }));
    assert.ok(parsed.ok);
    metrics.show("default/vm", parsed.value);
    return [...registry.values.keys()].filter((key) => /"(Pending|Allocated)"/.test(key))
      .map((key) => /"(Pending|Allocated)"/.exec(key)![1]);
  };
  assert.deepEqual(show({ networkConfigs: [] }), []);
  assert.deepEqual(show({ networkConfigs: [], conditions }), ["Pending"]);
  assert.deepEqual(show({ networkConfigs: [held], conditions }), ["Allocated"]);
});
