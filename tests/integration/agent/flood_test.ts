/** The compiled agent under a flood of packets. */

import assert from "node:assert/strict";
import { BenchPool, COMPILED } from "../../bench/packets/agent_subject.ts";
import { runLoad } from "../../bench/packets/load.ts";
import { untilServing } from "../../bench/packets/subject.ts";
import { sumOf } from "../../support/metrics/exposition.ts";
import { freePort } from "../../support/network/free_port.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createVethPair, NetworkNamespace } from "../../support/network/network_namespace.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** So many that both cores of a small machine are busy. */
const FLOOD_PER_SECOND = 100_000;
const FLOOD_SECONDS = 6;

const END_MS_MAX = 2000;

await integrationTest({
  name: "an agent ends within two seconds of SIGTERM while it is flooded",
  needs: ["namespaces", "real root", "executable", "gcc"],
  run: async () => {
    await using pool = await BenchPool.create();
    await using clientPlace = await NetworkNamespace.create();
    await using cable = await createVethPair({ peerPlace: clientPlace });
    const httpPort = freePort();
    const child = pool.spawn(COMPILED, cable.name, httpPort);
    const load = { place: clientPlace, interfaceName: cable.peerName };
    await untilServing({ name: "the agent", load });

    const flood = runLoad(load, { seconds: FLOOD_SECONDS, rate: 100, flood: FLOOD_PER_SECOND });
    await waitUntil(async () => {
      const response = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
      const seen = sumOf(await response.text(), "vmdhcpagent_packets_total");
      return seen > FLOOD_PER_SECOND / 2 || undefined;
    }, { what: "the flood at the agent" });
    const beganMs = performance.now();
    child.kill("SIGTERM");
    const { code, signal } = await child.status;
    const tookMs = performance.now() - beganMs;
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.ok(tookMs < END_MS_MAX, `it ended after ${tookMs.toFixed(0)} ms`);
    const { exchanges, wrong } = await flood;
    assert.ok(exchanges > 0, "bound clients were served until then");
    assert.equal(wrong, 0);
  },
});
