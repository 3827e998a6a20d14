/** What the probes of an agent say on a real interface. */

import assert from "node:assert/strict";
import { clientFrame, mac } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import {
  createVethPair,
  HERE,
  runIn,
  type VethPair,
} from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { AgentScene } from "../../support/process/agent_process.ts";

const ALLOCATED = { "192.168.48.82": "fa:cf:8e:50:82:fc" };

/** A little longer than frames may wait until the loop counts as stuck. */
const STOPPED_MS = 6000;

function serveOn({ name }: VethPair): readonly string[] {
  return ["--dry-run=false", `--nic=${name}`];
}

await integrationTest({
  name: "/readyz?verbose of an agent has a line for the pool and one for the interface",
  needs: ["namespaces"],
  run: async () => {
    await using scene = await AgentScene.create();
    await using pair = await createVethPair();
    await using agent = scene.start("up", { args: serveOn(pair) });
    await agent.until(
      "/readyz?verbose",
      /^\[-\]pool failed: ippool default\/ippool-1 does not exist.*\n\[\+\]interface ok\n/,
    );
    await scene.createPool(ALLOCATED);
    assert.equal(
      await agent.until("/readyz?verbose", /passed/),
      "[+]pool ok\n[+]interface ok\n[+]http ok\nreadyz check passed\n",
    );
    await runIn(HERE, "ip", "link", "set", pair.name, "down");
    await agent.until(
      "/readyz?verbose",
      /^\[\+\]pool ok\n\[-\]interface failed: interface .* is down/,
    );
    assert.equal(
      await agent.get("/healthz?verbose"),
      "[+]ping ok\n[+]packet-loop ok\nhealthz check passed\n",
    );
  },
});

await integrationTest({
  name:
    "/healthz of an agent passes all the while when it was stopped and comes back to a full queue",
  needs: ["namespaces"],
  run: async () => {
    await using scene = await AgentScene.create();
    await using pair = await createVethPair();
    await scene.createPool(ALLOCATED);
    await using agent = scene.start("up", { args: serveOn(pair) });
    await agent.until("/readyz", /^\{"ok":true\}\n$/);
    using link = new RawLink(pair.peerName);
    for (let stop = 0; stop < 2; stop++) {
      agent.signal("SIGSTOP");
      for (let xid = 0; xid < 3000; xid++) {
        link.send(clientFrame({ mac: mac("02:00:00:00:00:01"), xid }));
      }
      await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
      agent.signal("SIGCONT");
      for (let probe = 0; probe < 20; probe++) {
        assert.equal(await agent.get("/healthz"), '{"ok":true}\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await waitUntil(async () => {
      const metrics = await agent.get("/metrics");
      return /packets_total\{.*outcome="stale"\} [1-9]/.test(metrics) || undefined;
    }, { what: "the frames to be taken" });
  },
});
