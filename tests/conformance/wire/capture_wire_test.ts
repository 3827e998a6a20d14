/** What a protocol analyser says of the server's packets. */

import assert from "node:assert/strict";
import type { PoolParameters } from "../../../lib/dhcpv4/pool.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { formatMacAddress } from "../../../lib/net/mac_address.ts";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  MX,
  poolParameters,
  SERVER_MAC,
  type WireOption,
} from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { dissect, WireCapture } from "../../support/dhcp/wire_capture.ts";
import { WireServer } from "../../support/dhcp/wire_server.ts";
import {
  asksFor,
  discover,
  inform,
  rebind,
  relayed,
  renew,
  request,
  requested,
  takes,
  text,
  THIS_SERVER,
  WITH_RELAY,
} from "../network.ts";

/** Everything that a pool can say, more than fits into a small packet. */
const POOL: Partial<PoolParameters> = {
  ...WITH_RELAY,
  // These and the routes are short enough to stay whole: tshark 4.0 does not join pieces of options
  // that lie in several fields, as RFC 3396 has readers do, and of option 121 in no case.
  domainSearch: Array.from({ length: 8 }, (_, i) => `department-${i}.lab-${i % 3}.example.com`),
  mtu: 1450,
  routes: Array.from({ length: 16 }, (_, i) => ({
    destination: parseCidr(`10.${i}.0.0/16`)!,
    gateway: ip("192.0.2.9"),
  })),
  boot: { nextServer: ip("192.0.2.80"), files: [{ file: "http://192.0.2.80/ipxe.efi" }] },
  captivePortal: "https://portal.example.com/api",
  ipv6OnlyWait: 1800,
  hostNames: new Map([[M1, "vm-1"]]),
  options: [{ code: 252, value: new TextEncoder().encode("http://wpad.example.com/") }],
  rapidCommit: true,
};

const ALL = asksFor(1, 3, 6, 12, 15, 26, 28, 33, 42, 108, 114, 119, 121, 249, 252);
const DUID: WireOption = [61, [0xff, 0, 0, 0, 1, 0, 2, 0, 0, 0xab, 0x11, 1, 2, 3, 4, 5, 6, 7, 8]];
const RELAY_INFORMATION: WireOption = [82, [1, 4, 0, 0, 0, 5, 2, 6, 2, 0, 0, 0, 0, 7]];

/** A packet, and the codes of option 53 in its replies. */
const TRAFFIC: readonly (readonly [ClientPacket, readonly number[]])[] = [
  [discover(), [2]],
  [discover([], { flags: 0x8000 }), [2]],
  [discover([ALL, takes(576), DUID]), [2]],
  [discover([ALL, takes(1472), DUID]), [2]],
  [discover([[80, []], ALL]), [5]],
  [discover([text(60, "PXEClient:Arch:00007:UNDI:003016"), [93, [0, 7]], asksFor(66, 67)]), [2]],
  [discover([text(60, "HTTPClient:Arch:00016:UNDI:003001"), [93, [0, 16]]]), [2]],
  [relayed(discover([ALL, RELAY_INFORMATION])), [2]],
  [relayed(request([requested("192.0.2.99"), RELAY_INFORMATION])), [6]],
  [request([THIS_SERVER, requested("192.0.2.10"), ALL, DUID]), [5]],
  [request([THIS_SERVER, requested("192.0.2.99"), DUID]), [6]],
  [request([requested("192.0.2.10")]), [5]],
  [renew("192.0.2.10", { options: [ALL] }), [5]],
  [rebind("192.0.2.10"), [5]],
  [renew("192.0.2.99"), [6, 6]],
  [inform("192.0.2.10", { options: [ALL] }), [5]],
];

await integrationTest({
  name: "tshark finds no malformed packet, bad checksum or other fault in any reply",
  needs: ["namespaces", "tshark"],
  run: async () => {
    await using pair = await createVethPair();
    await runIn(HERE, "ip", "link", "set", pair.name, "address", formatMacAddress(SERVER_MAC));
    const folder = await Deno.makeTempDir();
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    const table = leaseTable(poolParameters(POOL));
    cleanUp.use(await WireServer.start(pair.name, table));
    const file = `${folder}/capture`;
    const types = TRAFFIC.flatMap(([, replies]) => replies);
    const packets = TRAFFIC.length + types.length + 1;
    const capture = await WireCapture.start(pair.peerName, {
      file,
      filter: "udp",
      packets,
    });
    using link = new RawLink(pair.peerName);
    for (const [packet] of TRAFFIC) link.send(clientFrame(packet));
    // Proof that faults would be seen.
    const broken = clientFrame({ mac: MX });
    broken[100]! ^= 1;
    link.send(broken);
    await capture.complete();

    const seen = await dissect(file);
    const replies = seen.filter(({ messageType }) => ["2", "5", "6"].includes(messageType));
    const expected = types.map((type) => ({
      ethernetSource: replies[0]?.ethernetSource,
      messageType: String(type),
      complaints: [],
    }));
    assert.deepEqual(replies, expected);
    const faults = seen.filter(({ ethernetSource }) => ethernetSource === formatMacAddress(MX));
    assert.match(faults[0]?.complaints.join() ?? "", /checksum/i);
  },
});
