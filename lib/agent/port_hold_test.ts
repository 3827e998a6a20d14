import assert from "node:assert/strict";
import {
  ip,
  leaseTable,
  OTHER_SERVER_IP,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { setUpDhcpServer, until } from "../../tests/support/network/dhcp_server_setup.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { PortHold } from "./port_hold.ts";

const INSPECT_MS_MAX = 5000;

Deno.test("PortHold holds port 67 while it is wanted", () => {
  const network = new FakeNetwork();
  const { heldUdpPorts } = network.add("eth1");
  const hold = new PortHold(network, "eth1", new RecordingLogger());
  const seen = [true, true, false, false, true].map((wanted) => {
    hold.set(wanted);
    return heldUdpPorts.has(67);
  });
  assert.deepEqual(seen, [true, true, false, false, true]);
});

Deno.test("PortHold says once that another process has the port, and takes it when it is free", () => {
  const network = new FakeNetwork();
  const { heldUdpPorts } = network.add("eth1");
  const log = new RecordingLogger();
  const other = network.holdUdpPort("eth1", 67);
  const hold = new PortHold(network, "eth1", log);
  hold.set(true);
  hold.set(true);
  assert.equal(log.lines.length, 1);
  other.close();
  hold.set(true);
  assert.equal(heldUdpPorts.has(67), true);
  hold.set(false);
  assert.equal(heldUdpPorts.has(67), false);
  network.holdUdpPort("eth1", 67);
  hold.set(true);
  assert.equal(log.lines.length, 2, "the next conflict is another one");
});

Deno.test("PortHold does not take a fault of the program for a port in use", () => {
  const network = new FakeNetwork();
  const log = new RecordingLogger();
  network.holdUdpPort = () => {
    throw new TypeError("planted");
  };
  assert.throws(() => new PortHold(network, "eth1", log).set(true), TypeError);
  assert.deepEqual(log.lines, []);
});

Deno.test("DhcpServer holds the port for as long as the kernel owns the server's address", async () => {
  const setup = setUpDhcpServer();
  const eth1 = setup.network.add("eth1");
  setup.served.set(leaseTable());
  setup.start();
  await until("ready", () => setup.server.status.ready);
  assert.equal(eth1.heldUdpPorts.size, 0);
  eth1.ipv4Addresses = [ip(OTHER_SERVER_IP)];
  await setup.clock.advance(INSPECT_MS_MAX);
  assert.equal(eth1.heldUdpPorts.size, 0, "another address is no reason");
  eth1.ipv4Addresses = [ip(OTHER_SERVER_IP), ip(SERVER_IP)];
  await setup.clock.advance(INSPECT_MS_MAX);
  assert.deepEqual([...eth1.heldUdpPorts], [67]);
  eth1.up = false;
  await until("not ready", () => !setup.server.status.ready);
  setup.served.set(leaseTable());
  assert.equal(eth1.heldUdpPorts.size, 0, "nothing is held at an interface that is not served");
  await setup.stop();
  assert.equal(eth1.heldUdpPorts.size, 0);
});
