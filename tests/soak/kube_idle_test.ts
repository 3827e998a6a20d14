/**
 * A cache without changes sends no requests to a kube-apiserver: for ten minutes with 10,000
 * objects in `./dev soak`, otherwise for seconds with 200.
 */

import assert from "node:assert/strict";
import { IPPOOLS } from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { setUpInformer } from "../support/kube/informer_setup.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { makeManyPools } from "../support/apiserver/many_pools.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { IS_SOAK, soakSeconds } from "../support/harness/soak.ts";

const OBJECTS = IS_SOAK ? 10_000 : 200;
const IDLE_SECONDS = soakSeconds(5, 600);
/** A watch lasts for at least five minutes. */
const WATCHES_MAX = 1 + Math.floor(IDLE_SECONDS / 300);

await integrationTest({
  name: `Informer of ${OBJECTS} objects asks for nothing but its next watch in ${IDLE_SECONDS} s`,
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    const namespace = await makeNamespace(plane.access, "idle");
    const clock = createClock();
    const registry = new RecordingRegistry();
    const { informer, changes, log, stop, run } = setUpInformer(
      { list: (...args) => client.list(...args), watch: (...args) => client.watch(...args) },
      clock,
      { type: IPPOOLS, namespace, registry, random: Math.random },
    );
    const parts = { clock, random: Math.random, log, registry };
    const client = createKubeClient(clusterAccessOf(plane.access), {
      ...parts,
      userAgent: "vm-dhcp-tests",
    });
    await makeManyPools(client, namespace, OBJECTS);
    const ended = run();
    try {
      await informer.whenSynced();
      const labels = { code: "200", method: "GET", host: new URL(plane.access.server).host };
      const readsBefore = registry.value("rest_client_requests_total", labels);
      const changesBefore = changes.length;
      assert.equal(informer.list().length, OBJECTS);
      await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
      const resource = { resource: "ippools.network.harvesterhci.io" };
      assert.equal(registry.value("reflector_lists_total", resource), 1);
      assert.equal(registry.value("reflector_audits_total", resource), 0);
      const watches = registry.value("reflector_watches_total", resource);
      assert.ok(watches <= WATCHES_MAX, `${watches} watches`);
      const reads = registry.value("rest_client_requests_total", labels) - readsBefore;
      // The first watch may be answered after the sync.
      assert.ok(reads <= watches, `${reads} reads for ${watches} watches`);
      assert.equal(changes.length, changesBefore);
      assert.deepEqual(log.lines, []);
      console.log(`${watches} watches, ${reads} reads since the sync`);
    } finally {
      stop.abort();
      await ended;
      client.close();
    }
  },
});
