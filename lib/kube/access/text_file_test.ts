import { equal, rejects } from "node:assert/strict";
import { readFileOrPipe, readRegularFile } from "./text_file.ts";

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/file`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  equal(success, true);
}

Deno.test("readRegularFile() opens neither a pipe nor a device nor a folder", async () => {
  await withPath(async (path) => {
    await makePipe(path);
    for (const other of [path, "/dev/null", "/"]) {
      await rejects(readRegularFile(other), /^Error: it is no regular file$/);
    }
  });
});

Deno.test("readFileOrPipe() reads what a program writes to a pipe", async () => {
  await withPath(async (path) => {
    await makePipe(path);
    const [text] = await Promise.all([readFileOrPipe(path), Deno.writeTextFile(path, "a: ä\n")]);
    equal(text, "a: ä\n");
  });
});

for (const read of [readRegularFile, readFileOrPipe]) {
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

Deno.test("readFileOrPipe() reads no device without an end", async () => {
  await rejects(readFileOrPipe("/dev/zero"), /^Error: it is longer than 1024 KiB$/);
});
