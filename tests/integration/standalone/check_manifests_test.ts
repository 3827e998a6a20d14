/** `vm-dhcp check --manifests` beside a start with the same files. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { PROGRAMS, StandaloneProcess } from "../../support/process/standalone_process.ts";
import { inFolder } from "../../support/harness/in_folder.ts";

async function check(args: readonly string[], cwd: string | URL = ".") {
  const [program, ...before] = PROGRAMS.source;
  const command = new Deno.Command(program, { args: [...before, "check", ...args], cwd });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function withFile(
  documents: readonly KubeObject[],
  test: (file: string, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const file = `${folder}/all.yaml`;
    const texts = documents.map((document) => JSON.stringify(document, null, 2));
    await Deno.writeTextFile(file, texts.join("\n---\n"));
    await test(file, folder);
  });
}

const WRONG: Readonly<Record<string, readonly KubeObject[]>> = {
  "an unknown field": [ippoolSample({ ipv4Config: { leaseTme: 300 } })],
  "a server outside of its subnet": [ippoolSample({ ipv4Config: { serverIP: "10.0.0.1" } })],
  "two pools on one network": [
    ippoolSample(),
    ippoolSample({ metadata: { name: "ippool-2" }, ipv4Config: { cidr: "192.168.48.0/24" } }),
  ],
  "one name twice": [ippoolSample(), ippoolSample()],
};

for (const [name, documents] of Object.entries(WRONG)) {
  await integrationTest({
    name: `vm-dhcp check --manifests says of ${name} what a start says`,
    needs: ["namespaces"],
    run: () =>
      withFile(documents, async (file) => {
        await using network = await VmNetwork.create();
        const args = ["--manifests", file];
        await using standalone = new StandaloneProcess({ ...network.options(), args });
        const checked = await check(["--manifests", file]);
        assert.deepEqual([checked.code, checked.stdout], [1, ""]);
        assert.match(checked.stderr, /^vm-dhcp check: manifests are wrong:\n.*all\.yaml:\d+: \S/);
        assert.equal((await standalone.ended()).code, 1);
        const started = standalone.errors();
        const head = "vm-dhcp standalone: manifests are wrong, nothing is applied:";
        assert.equal(checked.stderr, started.replace(head, "vm-dhcp check: manifests are wrong:"));
      }),
  });
}

const SNAPSHOTS = new URL("../../testdata/check/", import.meta.url);
const FOLDERS = ["right", "worth_a_word", "wrong"];

/** What is printed of a folder beside the snapshots. */
async function printedOf(folder: string): Promise<string> {
  const { code, stdout, stderr } = await check(["--manifests", folder], SNAPSHOTS);
  return `${stdout}${stderr}exit status ${code}\n`;
}

function snapshotOf(folder: string): URL {
  return new URL(`${folder}.txt`, SNAPSHOTS);
}

// To change them on purpose: deno run -A tests/integration/standalone/check_manifests_test.ts
if (import.meta.main) {
  for (const folder of FOLDERS) {
    await Deno.writeTextFile(snapshotOf(folder), await printedOf(folder));
  }
}

for (const folder of FOLDERS) {
  Deno.test(`vm-dhcp check --manifests prints what tests/testdata/check/${folder}.txt shows`, async () => {
    assert.equal(await printedOf(folder), await Deno.readTextFile(snapshotOf(folder)));
  });
}

Deno.test("vm-dhcp check --manifests takes good files, and tells what is worth a word", () =>
  withFile([ippoolSample(), vmnetcfgSample()], async (file, folder) => {
    assert.deepEqual(await check(["--manifests", file]), {
      code: 0,
      stdout: "manifests are right: 2 objects\n",
      stderr: "",
    });
    const other = `${folder}/other.json`;
    const spec = {
      networkConfigs: [{
        macAddress: "fa:cf:8e:50:82:fd",
        networkName: "default/net-48",
        ipAddress: "192.168.48.81",
      }],
    };
    const metadata = { name: "excluded" };
    await Deno.writeTextFile(other, JSON.stringify(vmnetcfgSample({ metadata, spec })));
    const { code, stdout } = await check(["--manifests", file, "--manifests", other]);
    assert.equal(code, 0);
    assert.match(stdout, /^\S+other\.json:\d+: spec\.networkConfigs\S*: warning: /);
    assert.match(stdout, /manifests are right: 3 objects\n$/);
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
    assert.deepEqual(names, ["all.yaml", "other.json"]);
  }));

Deno.test("vm-dhcp check refuses flags of an installation beside --manifests", async () => {
  const { code, stderr } = await check(["--manifests", "x.yaml", "--namespace", "lab"]);
  assert.equal(code, 2);
  assert.match(stderr, /flag --namespace is about an installation, and --manifests about files/);
});

Deno.test("vm-dhcp check --manifests finds the folder of examples right", async () => {
  const checked = await check(["--manifests", `${import.meta.dirname}/../../../examples`]);
  assert.deepEqual([checked.code, checked.stderr], [0, ""]);
  assert.match(checked.stdout, /^manifests are right: \d+ objects$/m);
});
