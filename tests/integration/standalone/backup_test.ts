/** Copies of a data folder by the steps of docs/standalone.md. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";

const MACS = ["52:54:00:48:01:01", "52:54:00:48:01:02"];

interface BackupCase {
  readonly name: string;
  /** Runs before the copy is made. */
  readonly halt: (standalone: StandaloneProcess) => Promise<unknown>;
}

const CASES: readonly BackupCase[] = [
  {
    name: "a copy of the data folder of a standalone that has ended",
    halt: (standalone) => {
      standalone.signal("SIGTERM");
      return standalone.ended();
    },
  },
  {
    // A stopped process writes nothing, so the copy is like a snapshot of the file system.
    name: "a snapshot of the data folder of a standalone that runs",
    halt: (standalone) => {
      standalone.signal("SIGSTOP");
      return Promise.resolve();
    },
  },
];

for (const { name, halt } of CASES) {
  await integrationTest({
    name: `standalone restores the record from ${name}`,
    needs: ["namespaces"],
    run: async () => {
      await using network = await VmNetwork.create();
      const first = await network.standalone();
      using api = await first.api();
      await api.create("ippools", ippoolSample());
      for (const [index, mac] of MACS.entries()) {
        await api.create("virtualmachinenetworkconfigs", oneNic(`vm-${index}`, mac));
      }
      const before = await recorded(api, MACS);
      const { dataDir } = network.options();
      await halt(first);
      await runIn(HERE, "cp", "--archive", dataDir, `${dataDir}-backup`);
      first.signal("SIGKILL");
      await first.ended();
      await Deno.remove(dataDir, { recursive: true });
      await Deno.rename(`${dataDir}-backup`, dataDir);
      const second = await network.standalone();
      using restored = await second.api();
      assert.deepEqual(await recorded(restored, MACS), before);
    },
  });
}
