/** What somebody may do to the data folder while standalone runs on it. */

import assert from "node:assert/strict";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import type { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:0a:01";
const LOST =
  /nothing can be changed: .*state\.db was moved, deleted or replaced, and the next start/;

interface Harm {
  readonly name: string;
  readonly harm: (dataDir: string) => Promise<unknown>;
  /** Brings the record back. */
  readonly mend: (dataDir: string, standalone: StandaloneProcess) => Promise<unknown>;
  /** Whether standalone is ended and started again for that. */
  readonly restarts: boolean;
}

/** The commands of docs/standalone.md. */
async function rescue(dataDir: string, { pid }: StandaloneProcess): Promise<void> {
  await Deno.mkdir(dataDir, { mode: 0o700, recursive: true });
  const page = await Deno.readTextFile(new URL("../../../docs/standalone.md", import.meta.url));
  const script = /```\n(mkdir -m 700 \/var\/lib\/rescued\n[^`]*)```/.exec(page)?.[1];
  assert.ok(script !== undefined, "docs/standalone.md has the commands");
  await Deno.remove(dataDir, { recursive: true });
  const here = script.replaceAll("/var/lib/rescued", dataDir)
    .replaceAll("$(pidof vm-dhcp)", String(pid));
  await runIn(HERE, "sh", "-ec", here);
}

const HARMS: readonly Harm[] = [
  {
    name: "moved and put back",
    harm: (dataDir) => Deno.rename(dataDir, `${dataDir}.moved`),
    mend: (dataDir) => Deno.rename(`${dataDir}.moved`, dataDir),
    restarts: false,
  },
  {
    name: "deleted",
    harm: (dataDir) => Deno.remove(dataDir, { recursive: true }),
    mend: rescue,
    restarts: true,
  },
  {
    name: "replaced by a copy",
    harm: async (dataDir) => {
      await Deno.rename(dataDir, `${dataDir}.before`);
      await runIn(HERE, "cp", "--archive", `${dataDir}.before`, dataDir);
    },
    mend: () => Promise.resolve(),
    restarts: true,
  },
];

for (const { name, harm, mend, restarts } of HARMS) {
  await integrationTest({
    name: `standalone takes no write that it would not find again while its folder is ${name}`,
    needs: ["namespaces", "udhcpc"],
    run: async () => {
      await using network = await VmNetwork.create();
      const { dataDir } = network.options();
      let standalone = await network.standalone();
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      const address = await addVm(api, "vm", MAC);
      await harm(dataDir);
      await waitUntil(async () => LOST.test(await standalone.get("/readyz")) || undefined, {
        what: "the reason in /readyz",
        explain: () => standalone.log.tail(),
      });
      await assert.rejects(
        api.create("virtualmachinenetworkconfigs", oneNic("late", "52:54:00:48:0a:02")),
        /was moved, deleted or replaced/,
      );
      const nic = await network.plugIn(MAC);
      await using client = await DhcpClient.start("udhcpc", nic, network.folder);
      assert.equal(await client.bound(), address);
      await mend(dataDir, standalone);
      if (restarts) {
        standalone.signal("SIGTERM");
        assert.equal((await standalone.ended()).code, 0);
        standalone = await network.standalone();
      }
      await standalone.ready();
      using after = await standalone.api();
      assert.deepEqual(await recorded(after, [MAC]), { [MAC]: address });
      await addVm(after, "late", "52:54:00:48:0a:02");
    },
  });
}
