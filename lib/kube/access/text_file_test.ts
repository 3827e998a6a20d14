import { equal, rejects } from "node:assert/strict";
import { readFileOrOutput, readRegularFile } from "./text_file.ts";
import { inFolder } from "../../../tests/support/harness/in_folder.ts";

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await test(`${folder}/file`);
  });
}

for (const read of [readRegularFile, readFileOrOutput]) {
  Deno.test(`${read.name}() opens neither a pipe with a name nor a device nor a folder`, async () => {
    await withPath(async (path) => {
      const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
      equal(success, true);
      for (const other of [path, "/dev/zero", "/"]) {
        await rejects(read(other), /^Error: it is no regular file$/);
      }
    });
  });
}

Deno.test("readFileOrOutput() reads what a program writes to the pipe of its shell", async () => {
  const module = import.meta.resolve("./text_file.ts");
  const code = `import { readFileOrOutput } from "${module}";
    console.log(await readFileOrOutput(Deno.args[0]));`;
  const shell = '"$0" eval "$1" <(printf "a: b")';
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", shell, Deno.execPath(), code],
  }).output();
  equal(new TextDecoder().decode(stdout), "a: b\n");
});

for (const read of [readRegularFile, readFileOrOutput]) {
  Deno.test(`${read.name}() refuses a file that is too long or no UTF-8`, async () => {
    await withPath(async (path) => {
      await Deno.writeTextFile(path, "ä".repeat(512 * 1024));
      equal((await read(path)).length, 512 * 1024);
      await Deno.truncate(path, 8 * 1024 ** 3);
      await rejects(read(path), /^Error: it is longer than 1024 KiB$/);
      await Deno.writeFile(path, Uint8Array.of(0xff, 0xfe, 0x61, 0));
      await rejects(read(path), /^Error: it is no UTF-8$/);
    });
  });
}
