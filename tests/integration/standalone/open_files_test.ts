/** Standalone and the limit on open files. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { DiscoverClient, ManyInterfaces } from "../../support/network/many_interfaces.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** Enough for a start, and not for many connections. */
const FEW_FILES = 64;
const CONNECTIONS = 300;

function start(many: ManyInterfaces, limits: string): Promise<StandaloneProcess> {
  return StandaloneProcess.start({
    place: { ...HERE, enter: ["prlimit", `--nofile=${limits}`] },
    dataDir: `${many.folder}/data`,
    nics: many.interfaces.map(({ nic }) => nic),
    args: ["--manifests", many.manifests],
  });
}

/** Connects and says nothing, until nothing more is accepted. */
async function idleConnections(url: string): Promise<AsyncDisposable> {
  const { hostname, port } = new URL(url);
  const connections: Deno.Conn[] = [];
  for (let made = 0; made < CONNECTIONS; made++) {
    try {
      connections.push(await Deno.connect({ hostname, port: Number(port) }));
    } catch {
      break;
    }
  }
  return {
    [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close();
      return Promise.resolve();
    },
  };
}

await integrationTest({
  name: "standalone raises its soft limit on open files to the hard one",
  needs: ["namespaces"],
  run: async () => {
    await using many = await ManyInterfaces.create(1);
    await using standalone = await start(many, "128:4000");
    const limits = await Deno.readTextFile(`/proc/${standalone.pid}/limits`);
    assert.match(limits, /^Max open files +4000 +4000 /m);
  },
});

await integrationTest({
  name:
    "standalone serves an interface through its changes while idle connections hold all descriptors",
  needs: ["namespaces"],
  run: async () => {
    await using many = await ManyInterfaces.create(1);
    await using standalone = await start(many, `${FEW_FILES}:${FEW_FILES}`);
    const { name } = many.interfaces[0]!;
    using client = new DiscoverClient(many.interfaces[0]!);
    const offered = (what: string) =>
      waitUntil(() => client.offerMs(200), { what: `an OFFER ${what}` });
    await offered("at first");
    await using _idle = await idleConnections(await standalone.url());
    await offered("beside idle connections");
    for (const change of ["mtu 1400", "address 02:00:00:00:00:77", "down", "up"]) {
      await runIn(HERE, "ip", "link", "set", name, ...change.split(" "));
      if (change === "down") {
        const isSaid = () => standalone.log.lines.some((line) => line.includes("InterfaceDown"));
        await waitUntil(() => isSaid() || undefined, { what: "a line about the interface" });
      } else await offered(`after ${change}`);
    }
  },
});
