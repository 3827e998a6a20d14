/** An agent that is started while its API server is away, and what it does with the snapshot of its pool. */

import assert from "node:assert/strict";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { AgentScene } from "../../support/process/agent_process.ts";

const MAC = "fa:cf:8e:50:82:fc";
const OTHER_MAC = "fa:cf:8e:50:82:fd";
const ALLOCATED = { "192.168.48.82": MAC };
const NAME = { namespace: "default", name: "ippool-1" };

Deno.test("an agent serves the snapshot while the API server is away, and says that it is stale", async () => {
  await using scene = await AgentScene.create();
  await scene.snapshot(ALLOCATED);
  const agent = scene.start("away");
  const ready = await agent.until("/readyz", /"ok":true/);
  assert.match(ready, /"notes":\["ippool default\/ippool-1 is served as it was at .*Z, \d+ s ago/);
  assert.deepEqual(Object.keys(JSON.parse(await agent.get("/leases"))), [MAC]);
  const metrics = await agent.get("/metrics");
  assert.match(metrics, /^vmdhcpagent_stale\{.*\} 1$/m);
  assert.match(metrics, /^vmdhcpagent_snapshot_age_seconds\{.*\} \d+(\.\d+)?$/m);
  const { level, reason } = await agent.says("pool status");
  assert.deepEqual([level, reason], ["warn", "Stale"]);
});

Deno.test("an agent without a snapshot waits for the API server, and is not ready", async () => {
  await using scene = await AgentScene.create();
  const agent = scene.start("away");
  await agent.says("agent started");
  assert.match(
    await agent.until("/readyz", /reasons/),
    /has not been read from the API server yet/,
  );
});

const REFUSED = "snapshot refused; the pool is awaited from the API server";

/** What may be found in place of a snapshot, made of a good one. */
const BAD: Readonly<Record<string, (file: string, text: string) => Promise<unknown>>> = {
  "an empty file": (file) => Deno.writeTextFile(file, ""),
  "half of one": (file, text) => Deno.writeTextFile(file, text.slice(0, text.length / 2)),
  "one without its last octet": (file, text) => Deno.writeTextFile(file, text.slice(0, -1)),
  "one with another MAC": (file, text) => Deno.writeTextFile(file, text.replace(MAC, OTHER_MAC)),
  "one with another time": (file, text) =>
    Deno.writeTextFile(file, text.replace('"time":"20', '"time":"19')),
  "one of a format to come": (file, text) =>
    Deno.writeTextFile(file, text.replace('"format":1', '"format":2')),
  "one of another pool": (file, text) =>
    Deno.writeTextFile(file, text.replaceAll("ippool-1", "ippool-2")),
  "other JSON": (file) => Deno.writeTextFile(file, "{}\n{}\n"),
  "no text": (file) => Deno.writeFile(file, new Uint8Array([0xff, 0xfe, 0, 1])),
  "a huge file": (file, text) => Deno.writeTextFile(file, text + " ".repeat(9_000_000)),
  "a folder": (file) => Deno.mkdir(file),
  "a pipe": (file) => new Deno.Command("mkfifo", { args: [file] }).output(),
};

for (const [what, make] of Object.entries(BAD)) {
  Deno.test(`an agent that finds ${what} as its snapshot refuses it in one line, and waits`, async () => {
    await using scene = await AgentScene.create();
    const { pool, text } = await scene.snapshot(ALLOCATED);
    await Deno.remove(scene.file);
    await make(scene.file, text);
    {
      await using agent = scene.start("away");
      const { level, reason } = await agent.says(REFUSED);
      assert.equal(level, "warn");
      assert.ok(String(reason).length > 10, String(reason));
      assert.match(await agent.until("/readyz", /"ok"/), /"ok":false/);
      assert.match(await agent.get("/metrics"), /snapshot_failures_total\{.*operation="read"\} 1/);
      await agent.end();
      assert.equal(agent.log.entries(REFUSED).length, 1);
    }
    await using agent = scene.start("up");
    await agent.until("/readyz", /^\{"ok":true\}\n$/);
    if (what !== "a folder") await scene.written(pool);
  });
}

Deno.test("an agent serves no binding of its snapshot that the API server has taken away", async () => {
  await using scene = await AgentScene.create();
  const { pool } = await scene.snapshot(ALLOCATED);
  const changed = await scene.bind(pool, { "192.168.48.83": OTHER_MAC });
  await using agent = scene.start("up");
  await agent.until("/readyz", /^\{"ok":true\}\n$/);
  assert.deepEqual(Object.keys(JSON.parse(await agent.get("/leases"))), [OTHER_MAC]);
  await scene.written(changed);
});

Deno.test("an agent whose pool was deleted while it was down is silent, and its snapshot goes", async () => {
  await using scene = await AgentScene.create();
  await scene.snapshot(ALLOCATED);
  await scene.world.client.delete(IPPOOLS, NAME);
  await using agent = scene.start("up");
  await agent.until("/readyz", /does not exist; no client is answered/);
  await waitUntil(async () => await Deno.stat(scene.file).catch(() => true) === true || undefined, {
    what: "the snapshot to be removed",
  });
  assert.equal(await agent.get("/leases"), "{}\n");
});

Deno.test("an agent whose pool is deleted removes its snapshot and ends with 0", async () => {
  await using scene = await AgentScene.create();
  const pool = await scene.createPool(ALLOCATED);
  await using agent = scene.start("up");
  await scene.written(pool);
  await scene.world.client.delete(IPPOOLS, NAME);
  assert.equal(await agent.ended(), 0);
  assert.equal(agent.log.entries("ippool was deleted; the agent ends").length, 1);
  await assert.rejects(Deno.stat(scene.file), Deno.errors.NotFound);
});

Deno.test("an agent answers nobody from the snapshot of a paused pool", async () => {
  await using scene = await AgentScene.create();
  await scene.snapshot(ALLOCATED, { paused: true });
  await using agent = scene.start("away");
  const { message } = await agent.says("pool status");
  assert.equal(message, "ippool default/ippool-1 is paused; no client is answered");
});

Deno.test("an agent does not write its snapshot again when the pool has not changed", async () => {
  await using scene = await AgentScene.create();
  const { pool } = await scene.snapshot(ALLOCATED);
  const before = await Deno.stat(scene.file);
  {
    await using agent = scene.start("up");
    await agent.until("/readyz", /^\{"ok":true\}\n$/);
    await agent.end();
  }
  const after = await Deno.stat(scene.file);
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
  assert.match(await Deno.readTextFile(scene.file), new RegExp(`"${pool.metadata.uid}"`));
});

for (
  const { what, mount, reason } of [
    { what: "full", mount: "size=64k", reason: /the disk is full.*ENOSPC/ },
    { what: "read-only", mount: "ro", reason: /the file system is read-only.*EROFS/ },
  ]
) {
  await integrationTest({
    name: `an agent whose disk is ${what} says that it cannot keep a snapshot, and serves`,
    needs: ["real root"],
    run: async () => {
      await using scene = await AgentScene.create();
      await scene.createPool(ALLOCATED);
      const folder = `${scene.folder}/disk`;
      await Deno.mkdir(folder);
      const fill = `dd if=/dev/zero of=${folder}/fill bs=4k 2>/dev/null`;
      const script = `mount -t tmpfs -o ${mount} none ${folder}; ${fill}; exec "$@"`;
      await using agent = scene.start("up", {
        before: ["unshare", "--mount", "sh", "-c", script, "sh"],
        snapshot: `${folder}/snapshot.json`,
      });
      await agent.until("/readyz", /^\{"ok":true\}\n$/);
      const line = await agent.says(
        "snapshot cannot be written; the pool is served on, and it is tried again",
      );
      assert.match(String(line["reason"]), reason);
      assert.match(await agent.get("/metrics"), /snapshot_failures_total\{.*operation="write"\} 1/);
      assert.deepEqual(Object.keys(JSON.parse(await agent.get("/leases"))), [MAC]);
    },
  });
}
