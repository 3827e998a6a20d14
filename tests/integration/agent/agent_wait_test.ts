/** `vm-dhcp agent` where its interface is missing. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  uniqueInterfaceName,
} from "../../support/network/network_namespace.ts";
import { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** An API server that does not exist: these tests do not need one. */
const ENV = { KUBECONFIG: "", KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };

function spawn(interfaceName: string, ...args: readonly string[]): Deno.ChildProcess {
  const words = ["agent", "--ippool", "default/pool", "--nic", interfaceName];
  const command = [...PROGRAMS.source, ...words, "--http", "127.0.0.1:0", ...args];
  const options = { env: ENV, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return commandIn(HERE, command, options).spawn();
}

for (const wait of ["0", "300ms"]) {
  await integrationTest({
    name: `agent --wait ${wait} ends with 1 when its interface does not appear`,
    needs: ["namespaces"],
    run: async () => {
      const name = uniqueInterfaceName("vd");
      const { code, stderr } = await spawn(name, "--wait", wait).output();
      const seconds = wait === "0" ? "0" : "0.3";
      assert.equal(
        new TextDecoder().decode(stderr),
        `vm-dhcp agent: gave up after ${seconds} s: interface ${name} does not exist in this ` +
          "network namespace; it is served once it does (check its name; of a pod, the network " +
          "attachment)\n",
      );
      assert.equal(code, 1);
    },
  });
}

await integrationTest({
  name: "agent logs that it waits for its interface, and serves it once it appears",
  needs: ["namespaces"],
  run: async () => {
    const name = uniqueInterfaceName("vd");
    const child = spawn(name);
    const log = new LineLog();
    log.follow(child.stdout);
    log.follow(child.stderr);
    const reasons = () => log.entries("interface status").map(({ reason }) => reason);
    const says = (reason: string) =>
      waitUntil(() => reasons().includes(reason) || undefined, {
        what: `the agent to report ${reason}`,
        explain: () => log.tail(),
      });
    try {
      await says("InterfaceNotFound");
      await using _pair = await createVethPair({ name });
      await says("Serving");
    } finally {
      child.kill("SIGTERM");
      await child.status;
      await log.ended();
    }
  },
});
