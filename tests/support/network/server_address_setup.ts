/** The server's address on a fake interface, with what it says and what it notices. */

import assert from "node:assert/strict";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { ServerAddress } from "../../../lib/agent/server_address.ts";
import { decodeArpFrame, encodeArpFrame, encodeGratuitousArp } from "../../../lib/net/arp.ts";
import { UNSPECIFIED_IPV4 } from "../../../lib/net/ipv4_address.ts";
import {
  BROADCAST_MAC,
  formatMacAddress,
  type MacAddress,
  macAddressFromBytes,
} from "../../../lib/net/mac_address.ts";
import { ip, OTHER_SERVER_IP, SERVER_IP, SERVER_MAC } from "../dhcp/dhcp_packets.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { POOL, POOL_LABELS } from "./dhcp_server_setup.ts";
import { FakeNetwork } from "./fake_network.ts";

/** Makes a server's address that has no table yet. */
export function setUpServerAddress() {
  const eth1 = new FakeNetwork().add("eth1", SERVER_MAC);
  const port = eth1.openPort();
  const registry = new RecordingRegistry();
  const claimants: MacAddress[] = [];
  const intruders: MacAddress[] = [];
  const lost: MacAddress[] = [];
  const address = new ServerAddress({
    port,
    metrics: new AgentMetrics(registry, POOL),
    onFurtherClaim: ({ mac }) => claimants.push(mac),
    onIntruder: ({ mac }) => intruders.push(mac),
    onLostReplica: (mac) => lost.push(mac),
  });
  /** What was sent since the last call: `ICMP`, or of ARP the operation and the sender, whom a probe asks, or for whom the address is announced. */
  function sent(): readonly string[] {
    port.flush();
    return eth1.sent.splice(0).map((frame) => {
      const decoded = decodeArpFrame(frame);
      if (!decoded.ok) return "ICMP";
      const { operation, senderIp, senderMac, targetIp } = decoded.packet;
      assert.equal(macAddressFromBytes(frame, 6), SERVER_MAC);
      if (senderMac !== SERVER_MAC) return `for ${formatMacAddress(senderMac)}`;
      if (senderIp === UNSPECIFIED_IPV4) {
        assert.equal(targetIp, ip(SERVER_IP));
        return `probe ${formatMacAddress(macAddressFromBytes(frame))}`;
      }
      return `${operation} ${senderIp === ip(SERVER_IP) ? SERVER_IP : OTHER_SERVER_IP}`;
    });
  }
  const count = (name: string, labels = {}) =>
    registry.value(`vmdhcpagent_${name}_total`, { ...POOL_LABELS, ...labels });
  return { address, sent, count, claimants, intruders, lost };
}

/** Another host announces that it uses the address. */
export function claim(macAddress: MacAddress, serverIp = SERVER_IP): Uint8Array {
  return encodeGratuitousArp({ serverIp: ip(serverIp), macAddress });
}

/** A host with the server's address asks for a neighbour's. */
export function use(macAddress: MacAddress): Uint8Array {
  return encodeArpFrame({
    operation: "request",
    senderMac: macAddress,
    senderIp: ip(SERVER_IP),
    targetMac: 0 as MacAddress,
    targetIp: ip("192.0.2.10"),
  }, BROADCAST_MAC);
}
