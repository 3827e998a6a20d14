/** Copies of a data folder by the steps of docs/standalone.md, and by `vm-dhcp backup`. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { PROGRAMS, type StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, allocated, oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";
import { inFolder } from "../../support/harness/in_folder.ts";

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

async function backup(...args: readonly string[]) {
  const [program, ...before] = PROGRAMS.source;
  const command = new Deno.Command(program, { args: [...before, "backup", ...args] });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What docs/standalone.md says of a VM that is newer than the backup and still uses its address. */
async function assertLaterVmKeeps(api: KubeApi, mac: string, address: string) {
  const object = oneNic("vm-1", mac);
  const [nic] = (object.spec as { networkConfigs: object[] }).networkConfigs;
  Object.assign(nic!, { ipAddress: address });
  await api.create("virtualmachinenetworkconfigs", object);
  const other = await addVm(api, "created-after-the-restore", "52:54:00:48:01:03");
  assert.equal(await allocated(api, "vm-1"), address);
  assert.notEqual(other, address);
}

await integrationTest({
  name:
    "vm-dhcp backup of a standalone that runs, and of one that does not, restores the addresses",
  needs: ["namespaces"],
  run: async () => {
    await using network = await VmNetwork.create();
    const first = await network.standalone();
    using api = await first.api();
    await api.create("ippools", ippoolSample());
    const { dataDir } = network.options();
    const [running, ended] = [`${network.folder}/running.tar`, `${network.folder}/ended.tar`];
    const [one, two] = MACS as [string, string];
    await api.create("virtualmachinenetworkconfigs", oneNic("vm-0", one));
    const before = await recorded(api, [one]);
    const made = await backup(running, "--data-dir", dataDir);
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    assert.match(made.stdout, /It holds the token of the API: keep it as safe as the folder\.\n$/);
    // The one that runs goes on, and what comes later is in the second one only.
    await api.create("virtualmachinenetworkconfigs", oneNic("vm-1", two));
    const later = await recorded(api, MACS);
    first.signal("SIGKILL");
    await first.ended();
    assert.equal((await backup(ended, "--data-dir", dataDir)).code, 0);
    for (const [archive, want] of [[ended, later], [running, before]] as const) {
      assert.equal((await Deno.stat(archive)).mode! & 0o777, 0o600);
      // Into a folder that has a log of another record.
      await runIn(HERE, "tar", "--extract", "--file", archive, "--directory", dataDir);
      const restored = await network.standalone();
      using api = await restored.api();
      assert.deepEqual(await recorded(api, Object.keys(want)), want);
      if (archive === running) await assertLaterVmKeeps(api, two, later[two]!);
      restored.signal("SIGKILL");
      await restored.ended();
    }
    const names = [...Deno.readDirSync(network.folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.includes(".tar")).sort(), [
      "ended.tar",
      "running.tar",
    ]);
  },
});

const REFUSALS: readonly (readonly [string, (folder: string) => readonly string[], RegExp])[] = [
  ["over a file", (folder) => [`${folder}/there`, "--data-dir", folder], /is there already/],
  ["over a folder", (folder) => [folder, "--data-dir", folder], /is a folder/],
  ["of no data folder", (folder) => [`${folder}/x`, "--data-dir", "/"], /\/ has no state\.db/],
  [
    "of a damaged record",
    (folder) => [`${folder}/x`, "--data-dir", folder],
    /state\.db .*it is damaged/,
  ],
  [
    "into no folder",
    (folder) => [`${folder}/no/x`, "--data-dir", folder],
    /cannot be written: there is no such/,
  ],
];

for (const [name, argsOf, reason] of REFUSALS) {
  Deno.test(`vm-dhcp backup refuses to write ${name}, and leaves everything as it is`, () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/there`, "mine");
      await Deno.writeTextFile(`${folder}/state.db`, "no database at all");
      const { code, stdout, stderr } = await backup(...argsOf(folder));
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, reason);
      const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
      assert.deepEqual(names, ["state.db", "there"]);
      assert.equal(await Deno.readTextFile(`${folder}/there`), "mine");
    }));
}
