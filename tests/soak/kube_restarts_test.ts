/**
 * An API server that is killed and started again while objects are updated: 20 times in 2,000 updates
 * in `./dev soak`, otherwise three times in 300.
 */

import assert from "node:assert/strict";
import { loadCredentials } from "../../lib/apiserver/credentials.ts";
import { clusterAccessOf, makeNamespace } from "../cluster/cluster_access.ts";
import { ControlPlane } from "../cluster/control_plane.ts";
import { TestProcess } from "../cluster/test_process.ts";
import { integrationTest } from "../support/integration_test.ts";
import { runRestartCourse } from "../support/restart_course.ts";
import { IS_SOAK } from "../support/soak.ts";
import { waitUntil } from "../support/wait_until.ts";

const RESTARTS = IS_SOAK ? 20 : 3;
const UPDATES = RESTARTS * 100;

const SCRIPT = new URL("../support/api_server_process.ts", import.meta.url).pathname;

interface EmbeddedProcess {
  readonly url: string;
  readonly process: TestProcess;
}

async function startEmbedded(folder: string, port: string): Promise<EmbeddedProcess> {
  const process = TestProcess.start({
    path: Deno.execPath(),
    args: ["run", "--allow-all", "--no-check", SCRIPT, folder, port],
  });
  const url = await waitUntil(() => /^https:.*$/m.exec(process.tail())?.[0], {
    what: "the API server",
    explain: () => process.tail(),
  });
  return { url, process };
}

Deno.test("Informer and client lose nothing when the embedded API server is killed again and again", async () => {
  const folder = await Deno.makeTempDir();
  const { cert, token } = await loadCredentials(folder);
  let server = await startEmbedded(folder, "0");
  const { url } = server;
  try {
    const tally = await runRestartCourse({
      access: { server: url, certificateAuthority: { text: cert }, token: { text: token } },
      namespace: "default",
      updates: UPDATES,
      restarts: RESTARTS,
      restart: async () => {
        await server.process[Symbol.asyncDispose]();
        server = await startEmbedded(folder, new URL(url).port);
        assert.equal(server.url, url);
      },
    });
    console.log(`embedded: ${JSON.stringify(tally)}`);
  } finally {
    await server.process[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

await integrationTest({
  name: "Informer and client lose nothing when a kube-apiserver is killed again and again",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    const tally = await runRestartCourse({
      access: clusterAccessOf(plane.access),
      namespace: await makeNamespace(plane.access, "restarts"),
      updates: UPDATES,
      restarts: RESTARTS,
      restart: () => plane.restartApiServer(),
    });
    console.log(`kube-apiserver: ${JSON.stringify(tally)}`);
  },
});
