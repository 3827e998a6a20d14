/** `vm-dhcp uninstall` waits for the leader, and fails unless it has taken everything back. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { type KubeApi, openKubeApi } from "../support/apiserver/kube_api.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { addVm } from "../support/network/vm_network.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { LineLog } from "../support/process/line_log.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

/** Runs the command. @param act What happens meanwhile. @returns Status and last words. */
async function uninstall(
  kubeconfig: string,
  act: (log: LineLog, child: Deno.ChildProcess) => Promise<void> = async () => {},
): Promise<readonly [code: number, words: string]> {
  const [program, ...before] = PROGRAMS.source;
  const child = new Deno.Command(program, {
    args: [...before, "uninstall", "--kubeconfig", kubeconfig, "--namespace", "default"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [log, errors] = [new LineLog(), new LineLog()];
  log.follow(child.stdout);
  errors.follow(child.stderr);
  try {
    await act(log, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    await child.status;
    await Promise.all([log.ended(), errors.ended()]);
  }
  return [(await child.status).code, errors.tail()];
}

/** The finalizers of the pool and of what a VM claims. */
async function finalizersOf(api: KubeApi): Promise<readonly unknown[]> {
  const pool = await api.get("ippools", "ippool-1");
  const claim = await api.get("virtualmachinenetworkconfigs", "vm");
  return [pool, claim].map((object) => at(object, "metadata.finalizers.length") ?? 0);
}

await integrationTest({
  name: "what a controller has made is taken back once it has ended, or the command fails",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start();
    const { kubeconfig } = plane.access;
    using api = await openKubeApi(kubeconfig);
    await using controller = new ControllerProcess(kubeconfig, freePort());
    await api.create("ippools", ippoolSample());
    const address = await addVm(api, "vm", "52:54:00:00:00:01");

    const [code, words] = await uninstall(kubeconfig, async (log, child) => {
      await waitUntil(() => log.entries("waiting for leadership")[0], { what: "its turn" });
      child.kill("SIGTERM");
    });
    assert.equal(code, 1);
    assert.match(words, /was ended before everything was taken back; run it again/);
    assert.deepEqual(await finalizersOf(api), [1, 1]);

    controller.signal("SIGTERM");
    await controller.ended();
    assert.deepEqual(await uninstall(kubeconfig), [0, ""]);
    assert.deepEqual(await finalizersOf(api), [0, 0]);
    const { status } = await api.get("ippools", "ippool-1");
    const allocated = at(status, "ipv4.allocated") as JsonObject;
    assert.equal(allocated[address], "52:54:00:00:00:01");
  },
});
