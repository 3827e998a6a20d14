/** `vm-dhcp agent --dry-run`: an agent that sends nothing, with its interface and without. */

import assert from "node:assert/strict";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { encodeArpFrame } from "../../../lib/net/arp.ts";
import { clientFrame, ip, mac } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { AgentScene } from "../../support/process/agent_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { freePort } from "../../support/network/free_port.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";

const CLIENT = mac("fa:cf:8e:50:82:fc");
const BROADCAST = mac("ff:ff:ff:ff:ff:ff");
const WHO_HAS_SERVER = {
  operation: "request",
  senderMac: CLIENT,
  senderIp: ip("192.168.48.82"),
  targetMac: mac("00:00:00:00:00:00"),
  targetIp: ip("192.168.48.77"),
} as const;

const ALLOCATED = { "192.168.48.82": "fa:cf:8e:50:82:fc" };

Deno.test("agent --dry-run is ready and shows its leases where there is no interface", async () => {
  await using api = await startEmbeddedApi({ crds: [readCrd("ippool")] });
  await using world = new ControllerWorld(api.server.handle, "default");
  const pool = await world.create(IPPOOLS, ippoolSample());
  const status = { ipv4: { allocated: ALLOCATED, used: 1, available: 7 } };
  await world.client.replace(IPPOOLS, { ...pool, status }, { subresource: "status" });
  const kubeconfig = `${api.folder}/kubeconfig`;
  await writeKubeconfig({ path: kubeconfig, url: api.server.url, credentials: api.credentials });
  const port = freePort();
  const [program, ...before] = PROGRAMS.source;
  const agent = new Deno.Command(program, {
    args: [
      ...[...before, "agent", "--name=test-agent", "--dry-run", "--ippool-ref=default/ippool-1"],
      ...["--nic=none0", `--kubeconfig=${kubeconfig}`, `--http=127.0.0.1:${port}`],
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const log = new LineLog();
  log.follow(agent.stdout);
  try {
    const leases = await waitUntil(async () => {
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (await ready?.text() !== '{"ok":true}\n') return undefined;
      return await (await fetch(`http://127.0.0.1:${port}/leases`)).json();
    }, { what: "the agent to be ready", explain: () => log.tail() });
    assert.deepEqual(Object.keys(leases), Object.values(ALLOCATED));
  } finally {
    agent.kill("SIGTERM");
    assert.equal((await agent.status).code, 0, log.tail());
    await log.ended();
  }
});

await integrationTest({
  name: "agent --dry-run logs what it would answer on its interface, and sends nothing",
  needs: ["namespaces"],
  run: async () => {
    await using scene = await AgentScene.create();
    await scene.createPool(ALLOCATED);
    await using pair = await createVethPair();
    using link = new RawLink(pair.peerName);
    await using agent = scene.start("up", { args: [`--nic=${pair.name}`] });
    await agent.until("/readyz", /^\{"ok":true\}\n$/);
    const packets = () => agent.log.entries("packet");
    for (const count of [1, 2]) {
      link.send(clientFrame({ mac: CLIENT, xid: count }));
      link.send(encodeArpFrame(WHO_HAS_SERVER, BROADCAST));
      await waitUntil(() => packets().length >= count || undefined, {
        what: `${count} lines about packets`,
        explain: () => agent.log.tail(),
      });
    }
    const { type, outcome, yiaddr } = packets()[0]!;
    assert.deepEqual([type, outcome, yiaddr], ["DISCOVER", "offer", "192.168.48.82"]);
    assert.match(await agent.get("/metrics"), /packets_total\{.*outcome="offer"\} 2/);
    assert.equal(link.poll(isFromAgent), undefined, "a frame was sent");
  },
});

/** Whether it is a DHCP reply, or any ARP packet. */
function isFromAgent(frame: Uint8Array): boolean {
  const isArp = frame[12] === 8 && frame[13] === 6;
  return isArp || frame[12] === 8 && frame[13] === 0 && frame[23] === 17 && frame[35] === 67;
}
