/** The commands in containers of the image whose root file system cannot be written. */

import assert from "node:assert/strict";
import { VERSION } from "../../cmd/cli/build.ts";
import { PoolApi, SERVICE_ACCOUNT_FOLDER } from "../support/apiserver/pool_api.ts";
import { SERVER_IP } from "../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { createVethPair } from "../support/network/network_namespace.ts";
import { AgentContainer } from "../support/process/agent_container.ts";
import { containerCommand, type ContainerOptions } from "../support/process/container.ts";
import { LineLog } from "../support/process/line_log.ts";
import { IMAGE_NEEDS, UnpackedImage } from "./unpacked_image.ts";

/** User and group of the image. */
const NOBODY = 65532;

/** Runs a command in a container, as the user of the image and without any capability. */
async function start(
  { root, folder }: UnpackedImage,
  command: readonly string[],
  options: Partial<ContainerOptions> = {},
): Promise<Deno.ChildProcess> {
  const bundle = await Deno.makeTempDir({ dir: folder });
  const container = { root, command, uid: NOBODY, capabilities: [], ...options };
  return (await containerCommand(bundle, container)).spawn();
}

function startPoolApi(): Promise<PoolApi> {
  return PoolApi.start({
    name: "pool",
    ipv4Config: {
      serverIP: SERVER_IP,
      cidr: "192.0.2.0/24",
      pool: { start: "192.0.2.10", end: "192.0.2.99" },
    },
    bindings: [],
  });
}

async function printsVersionAndHelp(image: UnpackedImage): Promise<void> {
  const cases: readonly [command: readonly string[], wanted: RegExp][] = [
    [["/usr/bin/vm-dhcp", "version"], new RegExp(`^vm-dhcp ${VERSION} \\(commit \\w+.*, deno `)],
    [["/usr/bin/vm-dhcp-controller", "--help"], /^Assigns an address/],
    [["/usr/bin/vm-dhcp-agent", "--help"], /^Answers DHCP/],
    [["/usr/bin/vm-dhcp-webhook", "--help"], /^Answers the API servers/],
  ];
  for (const [command, wanted] of cases) {
    const { success, stdout, stderr } = await (await start(image, command)).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), wanted);
  }
}

async function startsController(image: UnpackedImage): Promise<void> {
  await using api = await startPoolApi();
  const command = ["/usr/bin/vm-dhcp-controller", "--no-agent", "--http", "127.0.0.1:0"];
  const mounts = { [SERVICE_ACCOUNT_FOLDER]: api.serviceAccount };
  const child = await start(image, command, { env: api.env, mounts });
  const log = new LineLog();
  log.follow(child.stdout);
  log.follow(child.stderr);
  try {
    await waitUntil(() => log.entries("waiting for leadership")[0], {
      what: "the controller",
      explain: () => log.tail(),
    });
  } finally {
    child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 0, log.tail());
  await log.ended();
}

async function serves({ root }: UnpackedImage): Promise<void> {
  await using api = await startPoolApi();
  await using pair = await createVethPair();
  await using agent = await AgentContainer.start({ interfaceName: pair.name, api, root });
  assert.match(await agent.get("/readyz"), /ok/);
}

await integrationTest({
  name: "containers of the image, with a root file system that cannot be written",
  needs: [...IMAGE_NEEDS, "crun"],
  async run(t) {
    await using image = await UnpackedImage.open();
    await t.step("print the version and the help of each name", () => printsVersionAndHelp(image));
    await t.step(
      "start a controller, which ends when it is told to",
      () => startsController(image),
    );
    await t.step("start an agent, which serves its interface", () => serves(image));
  },
});
