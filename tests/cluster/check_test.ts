/** `vm-dhcp check` against a real API server, with a stand-in for the controller. */

import assert from "node:assert/strict";
import { CUSTOM_RESOURCE_DEFINITIONS, IPPOOLS } from "../../lib/api/resources.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { readGoDefinitions } from "../support/controller/go_objects.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { Workstation } from "./workstation.ts";

/** Starts the command. */
function startCheck(kubeconfig: string, ...args: readonly string[]): Deno.ChildProcess {
  const [program, ...before] = PROGRAMS.source;
  return new Deno.Command(program, {
    args: [...before, "check", "--kubeconfig", kubeconfig, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outcomeOf(check: Deno.ChildProcess) {
  const { code, stdout, stderr } = await check.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Ends a command that tries again and again once it has failed as often. */
async function outcomeAfterFailures(
  check: Deno.ChildProcess,
  controller: StandInController,
  failures: number,
) {
  await waitUntil(() => controller.asked >= failures || undefined, { what: "another attempt" });
  check.kill("SIGTERM");
  return await outcomeOf(check);
}

/** Serves `/readyz` as a controller does. */
class StandInController implements AsyncDisposable {
  asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param readyAfter How often it is asked before it is ready. */
  constructor(readyAfter: number) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => {
      assert.equal(new URL(request.url).pathname, "/readyz");
      return ++this.asked > readyAfter
        ? new Response('{"ok":true}\n')
        : new Response('{"ok":false,"reasons":["caches are not synced"]}\n', { status: 503 });
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

await integrationTest({
  name: "vm-dhcp check waits until a controller is ready, and makes nothing",
  needs: ["kube"],
  async run() {
    const access = await sharedControlPlane();
    await using controller = new StandInController(1);
    const check = startCheck(access.kubeconfig, "--controller", controller.address);
    assert.deepEqual(await outcomeOf(check), {
      code: 0,
      stdout: `the controller at ${controller.address} is ready\n` +
        "the API server takes an IPPool in the namespace default\n",
      stderr: "",
    });
    await using world = new ControllerWorld(clusterAccessOf(access), "default");
    const { items } = await world.client.list(IPPOOLS, { namespace: "default" });
    assert.deepEqual(items.filter(({ metadata }) => metadata.name.startsWith("check-")), []);
  },
});

await integrationTest({
  name:
    "vm-dhcp check says what is wrong, a controller that is not ready and old definitions, and how to mend these",
  needs: ["kube"],
  async run() {
    await using plane = await ControlPlane.start({ withoutControllers: true });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    for (const definition of readGoDefinitions()) {
      const name = { namespace: "", name: definition.metadata.name };
      const { metadata } = await world.client.get(CUSTOM_RESOURCE_DEFINITIONS, name);
      const { resourceVersion } = metadata;
      await world.client.replace(CUSTOM_RESOURCE_DEFINITIONS, {
        ...definition,
        metadata: { ...definition.metadata, ...(resourceVersion && { resourceVersion }) },
      });
    }
    await using controller = new StandInController(Infinity);
    const check = startCheck(plane.access.kubeconfig, "--controller", controller.address);
    const { code, stdout, stderr } = await outcomeAfterFailures(check, controller, 2);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^vm-dhcp check: the controller at \S+ is not ready: .*not synced/);
    const [, cure = ""] = /definitions are missing or old; run: (.*)/i.exec(stderr) ?? [];
    await using workstation = await Workstation.open(plane.access);
    await workstation.type(cure);
    assert.equal((await outcomeOf(startCheck(plane.access.kubeconfig))).code, 0);
  },
});
