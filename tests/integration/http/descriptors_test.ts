/** A process that runs out of descriptors because of connections that others open. */

import assert from "node:assert/strict";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { HERE } from "../../support/network/network_namespace.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { StandaloneProcess } from "../../support/process/standalone_process.ts";

const CONNECTIONS = 1100;
/** Fewer than the connections that both listeners would take, and more than the process needs. */
const DESCRIPTORS = 256;

async function openMany(address: URL): Promise<Deno.Conn[]> {
  const { hostname, port } = address;
  const connections: Deno.Conn[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    // The queue of the kernel may be full as well, and then a connection waits.
    const connecting = Deno.connect({ hostname, port: Number(port) });
    const late = new Promise<void>((resolve) => setTimeout(resolve, 200));
    const connection = await Promise.race([connecting, late]);
    if (!connection) {
      connecting.then((it) => it.close(), () => {});
      break;
    }
    connections.push(connection);
  }
  return connections;
}

async function metric(standalone: StandaloneProcess, series: string): Promise<number> {
  const line = (await standalone.get("/metrics")).split("\n").find((each) =>
    each.startsWith(series)
  );
  return Number(line?.split(" ").at(-1));
}

await integrationTest({
  name: "a thousand idle connections neither end standalone nor make its ports deaf",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const enter = ["prlimit", `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`];
    const standalone = await network.standalone({ place: { ...HERE, enter } });
    await using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    const kubeconfig = JSON.parse(await Deno.readTextFile(standalone.kubeconfigPath));
    for (const url of [await standalone.url(), kubeconfig.clusters[0].cluster.server as string]) {
      const connections = await openMany(new URL(url));
      assert.ok(connections.length > DESCRIPTORS, `${connections.length} connections`);
      await waitUntil(
        async () => await standalone.get("/healthz") === '{"ok":true}\n' || undefined,
        {
          what: "an answer of /healthz",
        },
      );
      assert.equal((await api.get("ippools", "ippool-1")).metadata.name, "ippool-1");
      for (const connection of connections) connection.close();
    }
    for (const listener of ["endpoints", "api"]) {
      const series = `vmdhcp_http_connections_cut_total{listener="${listener}",reason="full"}`;
      assert.ok(await metric(standalone, series) > 0, series);
    }
    await standalone.ready();
  },
});
