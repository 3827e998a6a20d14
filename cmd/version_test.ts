import assert from "node:assert/strict";
import project from "../deno.json" with { type: "json" };
import { versionCommand } from "./version.ts";

async function printed(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const signal = new AbortController().signal;
  const print = (line: string) => void lines.push(line);
  await versionCommand.run({ args, env: {}, signal, print, onReload: () => {} });
  return lines.join("\n");
}

Deno.test("vm-dhcp version -o json prints an object that programs read", async () => {
  const text = await printed("-o", "json");
  // The commit is there in an executable only.
  assert.deepEqual(JSON.parse(text), {
    version: project.version,
    deno: Deno.version.deno,
    platform: `${Deno.build.os}/${Deno.build.arch}`,
  });
  assert.match(text, /^\{\n {2}"version": /);
});

Deno.test("vm-dhcp version prints one line", async () => {
  const { deno } = Deno.version;
  const platform = `${Deno.build.os}/${Deno.build.arch}`;
  const line = `vm-dhcp ${project.version} (from source, deno ${deno}, ${platform})`;
  assert.equal(await printed(), line);
});
