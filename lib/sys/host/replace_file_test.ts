import assert from "node:assert/strict";
import { replaceFile } from "./replace_file.ts";

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("replaceFile() makes a file for its owner alone, replaces it, and leaves no other", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a`;
  for (const text of ["one", "two"]) {
    await replaceFile(path, `${path}.new`, text);
    assert.equal(await Deno.readTextFile(path), text);
  }
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.deepEqual(await namesIn(folder), ["a"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("replaceFile() leaves the file of before when it cannot be replaced", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a`;
  await Deno.mkdir(path);
  await assert.rejects(replaceFile(path, `${path}.new`, "one"));
  assert.deepEqual(await namesIn(folder), ["a"]);
  await assert.rejects(replaceFile(`${folder}/none/a`, `${folder}/none/a.new`, "one"));
  await Deno.remove(folder, { recursive: true });
});
