import assert from "node:assert/strict";
import { DataFolderError } from "../../../lib/apiserver/store/data_folder_error.ts";
import { startEmbeddedApi } from "../../../tests/support/apiserver/embedded_api.ts";
import { loadCredentials, makeDataFolder, writeKubeconfig } from "./data_folder.ts";

function modeOf(path: string): string {
  return (Deno.lstatSync(path).mode! & 0o777).toString(8);
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const umask = Deno.umask(0o022);
  try {
    await body(`${folder}/data`);
  } finally {
    Deno.umask(umask);
    await Deno.remove(folder, { recursive: true });
  }
}

const FILES = [
  "state.db",
  "state.db-wal",
  "state.db-shm",
  "state.db.damaged-1",
  "credentials.json",
  "kubeconfig",
];

for (const mode of [0o755, 0o777, 0o770, 0o711]) {
  Deno.test(`makeDataFolder() closes a folder of mode ${mode.toString(8)} and its files to others`, () =>
    withFolder(async (folder) => {
      Deno.mkdirSync(folder);
      for (const name of [...FILES, "notes.txt"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
      for (const name of FILES) Deno.chmodSync(`${folder}/${name}`, 0o664);
      Deno.chmodSync(folder, mode);
      assert.deepEqual(await makeDataFolder(folder), []);
      assert.equal(modeOf(folder), "700");
      for (const name of FILES) assert.equal(modeOf(`${folder}/${name}`), "600", name);
      assert.equal(modeOf(`${folder}/notes.txt`), "644");
    }));
}

Deno.test("all files of a data folder that was made with 0755 are readable by their owner only", () =>
  withFolder(async (folder) => {
    Deno.mkdirSync(folder, { mode: 0o755 });
    await makeDataFolder(folder);
    const credentials = await loadCredentials(folder);
    await writeKubeconfig({
      path: `${folder}/kubeconfig`,
      url: "https://127.0.0.1:1",
      credentials,
    });
    await using _api = await startEmbeddedApi({ folder });
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names.slice(0, 3), ["credentials.json", "kubeconfig", "state.db"]);
    for (const name of names) assert.equal(modeOf(`${folder}/${name}`), "600", name);
  }));

for (const name of ["state.db", "credentials.json", "kubeconfig", "state.db-wal"]) {
  Deno.test(`makeDataFolder() refuses a link in place of ${name}, and leaves what it links to alone`, () =>
    withFolder(async (folder) => {
      Deno.mkdirSync(folder);
      Deno.writeTextFileSync(`${folder}/target`, "");
      Deno.symlinkSync("target", `${folder}/${name}`);
      await assert.rejects(makeDataFolder(folder), {
        name: "DataFolderError",
        message: `${folder}/${name} is a link: put the file itself there.`,
      });
      assert.equal(modeOf(`${folder}/target`), "644");
    }));
}

Deno.test("makeDataFolder() refuses a folder in place of a file", () =>
  withFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/state.db`, { recursive: true });
    await assert.rejects(makeDataFolder(folder), /state\.db is no file: put the file itself there/);
  }));

for (const what of ["folder", "file"]) {
  Deno.test({
    name: `makeDataFolder() refuses a ${what} of another user`,
    ignore: Deno.uid() !== 0,
    fn: () =>
      withFolder(async (folder) => {
        Deno.mkdirSync(folder, { mode: 0o755 });
        const path = what === "folder" ? folder : `${folder}/state.db`;
        if (what === "file") Deno.writeTextFileSync(path, "");
        Deno.chownSync(path, 12_345, 12_345);
        const before = modeOf(path);
        await assert.rejects(makeDataFolder(folder), (error) => {
          assert.ok(error instanceof DataFolderError);
          const words = `${path} belongs to the user 12345, who could read and change it`;
          assert.ok(error.message.startsWith(words), error.message);
          return true;
        });
        assert.equal(modeOf(path), before);
      }),
  });
}
