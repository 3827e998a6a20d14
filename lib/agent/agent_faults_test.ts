import assert from "node:assert/strict";
import { clientFrame, mac } from "../../tests/support/dhcp/dhcp_packets.ts";
import { FakeClock, settle } from "../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../tests/support/kube/fake_informer.ts";
import { FakeNameResolver } from "../../tests/support/network/fake_name_resolver.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { Agent } from "./agent.ts";

const VM = "fa:cf:8e:50:82:fc";
const LABELS = { ippool: "ippool-1", pool: "default/ippool-1" };

Deno.test("Agent serves on when a part of it fails, which is run again and counted", async () => {
  const network = new FakeNetwork();
  const eth1 = network.add("eth1");
  const pools = new FakeInformer(parseIPPool);
  let runs = 0;
  pools.run = () => ++runs < 3 ? Promise.reject(new TypeError("a bug")) : Promise.resolve();
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  const agent = new Agent({
    pool: { namespace: "default", name: "ippool-1" },
    interfaceName: "eth1",
    pools,
    network,
    resolver: new FakeNameResolver(),
    clock,
    log: new RecordingLogger(),
    registry,
    logPackets: false,
    logLeases: false,
    onStatusChange: () => {},
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  pools.put(ippoolSample({ status: { ipv4: { allocated: { "192.168.48.84": VM } } } }));
  pools.sync();
  await clock.advance(5000);
  assert.equal(runs, 3);
  assert.equal(registry.value("vmdhcpagent_internal_errors_total", LABELS), 2);
  eth1.sent.length = 0;
  eth1.receive(clientFrame({ mac: mac(VM) }));
  for (let turn = 0; turn < 20 && eth1.sent.length === 0; turn++) await settle();
  assert.match(eth1.sent[0]?.toHex() ?? "", /c0a83054/);
  stop.abort();
  await running;
});
