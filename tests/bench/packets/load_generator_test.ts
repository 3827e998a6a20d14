/** The load generator counts correctly: its figures are worth no more than its counting. */

import assert from "node:assert/strict";
import type { MacAddress } from "../../../lib/net/mac_address.ts";
import { runLoad } from "./load.ts";
import { FIRST_IP, FIRST_MAC, MAC_STEP, SERVER_IP } from "./site.ts";
import { REFLECTOR } from "./subject.ts";
import { benchTool } from "./tools.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import {
  commandIn,
  createVethPair,
  NetworkNamespace,
} from "../../support/network/network_namespace.ts";

await integrationTest({
  name: "the load generator completes every exchange with the reflector",
  needs: ["namespaces", "gcc"],
  run: async () => {
    await using clientPlace = await NetworkNamespace.create();
    await using reflector = await REFLECTOR.start(clientPlace);
    const loads = [{ window: 1 }, { window: 64 }, { rate: 1000 }, { rate: 10, flood: 1000 }];
    for (const load of loads) {
      const { exchanges, lost, wrong } = await runLoad(reflector.load, { ...load, seconds: 0.5 });
      assert.ok(exchanges > 0, JSON.stringify(load));
      assert.deepEqual({ lost, wrong }, { lost: 0, wrong: 0 }, JSON.stringify(load));
    }
    const boot = await runLoad(reflector.load, { boot: true, clients: 1000, seconds: 5 });
    assert.equal(boot.exchanges, 1000);
    assert.ok(boot.boundMs > 0 && boot.boundMs < 5000);
  },
});

await integrationTest({
  name:
    "the load generator counts addresses that are another client's, and answers that never come",
  needs: ["namespaces", "gcc"],
  run: async () => {
    await using place = await NetworkNamespace.create();
    await using clientPlace = await NetworkNamespace.create();
    await using cable = await createVethPair({ place, peerPlace: clientPlace });
    const load = { place: clientPlace, interfaceName: cable.peerName };
    const silence = await runLoad(load, { window: 8, seconds: 1.5 });
    assert.deepEqual([silence.exchanges, silence.lost], [0, 8]);

    const macOfNeighbour = FIRST_MAC - MAC_STEP as MacAddress;
    const numbers = [SERVER_IP, FIRST_IP, macOfNeighbour, MAC_STEP].map(String);
    const command = [await benchTool("dhcp_reflector"), cable.name, ...numbers];
    const reflector = commandIn(place, command, { stdout: "piped" }).spawn();
    try {
      const reader = reflector.stdout.getReader();
      await reader.read(); // "serving"
      const { exchanges, wrong } = await runLoad(load, { window: 8, seconds: 0.5 });
      assert.equal(exchanges, 0);
      assert.equal(wrong, 8);
      await reader.cancel();
    } finally {
      reflector.kill("SIGTERM");
      await reflector.status;
    }
  },
});

await integrationTest({
  name: "the reflector ends with its interface, and with the process that started it",
  needs: ["namespaces", "gcc"],
  run: async () => {
    await using place = await NetworkNamespace.create();
    const program = await benchTool("dhcp_reflector");
    const serving = async (name: string, ...before: readonly string[]) => {
      const child = commandIn(place, [...before, program, name, "1", "2", "3", "1"], {
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      reader.releaseLock();
      return child;
    };
    await using cable = await createVethPair({ place, peerPlace: place });
    const parent = await serving(cable.name, "sh", "-c", '"$@" & wait', "sh");
    parent.kill("SIGKILL");
    // Its pipes end when nobody is left that could write to them.
    await parent.output();
    const reflector = await serving(cable.name);
    await cable[Symbol.asyncDispose]();
    const { code, stderr } = await reflector.output();
    assert.match(new TextDecoder().decode(stderr), / is down or gone/);
    assert.equal(code, 1);
  },
});
