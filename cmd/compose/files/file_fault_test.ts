import assert from "node:assert/strict";
import { reasonOf } from "./file_fault.ts";
import { inFolder } from "../../../tests/support/harness/in_folder.ts";

/** What the system says to a file that cannot be read. */
async function refusalOf(path: string): Promise<unknown> {
  try {
    await Deno.readTextFile(path);
  } catch (error) {
    return error;
  }
  assert.fail(`${path} can be read`);
}

Deno.test("reasonOf() says in words why a path leads nowhere", () =>
  inFolder(async (folder) => {
    await Deno.symlink(`${folder}/loop`, `${folder}/loop`);
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.mkdir(`${folder}/full/inner`, { recursive: true });
    const notEmpty = await Deno.remove(`${folder}/full`).catch((error) => error);
    const cases = [
      { error: await refusalOf(`${folder}/loop`), says: /in a circle.* \(ELOOP\)$/ },
      {
        error: await refusalOf(`${folder}/${"a".repeat(300)}`),
        says: /shorter.* \(ENAMETOOLONG\)$/,
      },
      { error: await refusalOf(`${folder}/file/x`), says: /no folder \(ENOTDIR\)$/ },
      { error: await refusalOf(`${folder}/none`), says: /no such file or folder \(ENOENT\)$/ },
      { error: await refusalOf(folder), says: /is a folder \(EISDIR\)$/ },
      { error: notEmpty, says: /remove it.* \(ENOTEMPTY\)$/ },
    ];
    for (const { error, says } of cases) assert.match(reasonOf(error), says);
  }));

Deno.test("reasonOf() does not advise users to compile the program anew", () => {
  const advice = 'Requires all access to "/dev/shm/x", specify the required permissions during ' +
    "compilation using `deno compile --allow-all`";
  const reason = reasonOf(new Deno.errors.NotCapable(advice));
  assert.match(reason, /choose a folder that is not below \/dev, /);
  assert.doesNotMatch(reason, /compil/);
});
