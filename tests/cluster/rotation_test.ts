/** A client certificate of a kube-apiserver that is replaced again and again: no request fails. */

import assert from "node:assert/strict";
import { StatusError } from "../../lib/kube/contract.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { AgingClock } from "../support/clocks/fast_clock.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { CONFIG_MAPS, configMap } from "../support/kube/kube_samples.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { load } from "../support/apiserver/request_load.ts";
import { inFolder } from "../support/harness/in_folder.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";

/** Files are read again after a minute, which passes in 0.6 s. */
const AGING = 100;
const READ_AGAIN_MS = 60_000 / AGING;
const ROTATIONS = 3;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await integrationTest({
  name:
    "no request to a kube-apiserver fails while the client certificate is replaced in its files",
  needs: ["kube"],
  run: () =>
    inFolder(async (folder) => {
      await using plane = await ControlPlane.start({ withoutControllers: true });
      const namespace = await makeNamespace(plane.access, "rotation");
      const [certificate, key] = [`${folder}/tls.crt`, `${folder}/tls.key`];
      // The certificate first and its key much later: in between, they do not match.
      const rotate = async (organizations: readonly string[]) => {
        const pair = await plane.issueCertificate({ commonName: "someone", organizations });
        await Deno.writeTextFile(certificate, pair.cert);
        await pause(2 * READ_AGAIN_MS);
        await Deno.writeTextFile(key, pair.key);
        await pause(2 * READ_AGAIN_MS);
      };
      await rotate(["system:masters"]);
      const { token: _, ...nobody } = clusterAccessOf(plane.access);
      const log = new RecordingLogger();
      const client = createKubeClient({
        ...nobody,
        clientCertificate: { path: certificate },
        clientKey: { path: key },
      }, {
        userAgent: "vm-dhcp/0.0.0 (test) test",
        clock: new AgingClock(AGING),
        random: Math.random,
        log,
        registry: new RecordingRegistry(),
      });
      const stop = new AbortController();
      const name = { namespace, name: "a" };
      try {
        await client.create(CONFIG_MAPS, { ...configMap("a", 1), metadata: name });
        let turn = 0;
        const loaded = load(
          () =>
            turn++ % 2 === 0
              ? client.get(CONFIG_MAPS, name)
              : client.mergePatch(CONFIG_MAPS, name, { data: { turn: String(turn) } }),
          stop.signal,
        );
        for (let times = 0; times < ROTATIONS; times++) await rotate(["system:masters"]);
        stop.abort();
        const calls = await loaded;
        assert.ok(calls > 100, `${calls} calls`);
        assert.ok(log.lines.length > 0, "the client met a pair that does not fit");
        // A user without rights, so that refusals prove that the client presents the new certificate.
        await rotate([]);
        await waitUntil(
          () =>
            client.get(CONFIG_MAPS, name).then(
              () => undefined,
              (error) => (error instanceof StatusError && error.code === 403) || undefined,
            ),
          { what: "the new certificate to be presented" },
        );
        console.log(`${calls} calls in ${ROTATIONS} rotations, none failed`);
      } finally {
        stop.abort();
        client.close();
      }
    }),
});
