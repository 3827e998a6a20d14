/** `vm-dhcp agent --dry-run`: an agent that follows its pool without an interface. */

import assert from "node:assert/strict";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { freePort } from "../../support/network/free_port.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";

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
