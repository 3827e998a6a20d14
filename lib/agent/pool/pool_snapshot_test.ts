import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { KeptFile } from "../../sys/contract.ts";
import { PoolSnapshot } from "./pool_snapshot.ts";
import { SnapshotMetrics } from "./snapshot_metrics.ts";

const POOL = { namespace: "default", name: "ippool-1" };
const LABELS = { ippool: "ippool-1", pool: "default/ippool-1" };

/** A file in memory that can fail, or hang. */
class FakeFile implements KeptFile {
  text: string | undefined;
  fault: Error | undefined;
  hangs = false;
  writes = 0;

  async read(): Promise<string | undefined> {
    await this.#act();
    return this.text;
  }

  async write(text: string): Promise<void> {
    await this.#act();
    this.writes++;
    this.text = text;
  }

  async remove(): Promise<void> {
    await this.#act();
    this.text = undefined;
  }

  async #act(): Promise<void> {
    if (this.hangs) await new Promise(() => {});
    if (this.fault !== undefined) throw this.fault;
  }
}

function version(resourceVersion: string): KubeObject {
  return ippoolSample({ metadata: { resourceVersion } });
}

function setUp(file = new FakeFile()) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const snapshot = new PoolSnapshot({
    poolKey: "default/ippool-1",
    file,
    sha256: (text) => Promise.resolve(createHash("sha256").update(text).digest("hex")),
    clock,
    log,
    metrics: new SnapshotMetrics(registry, POOL, clock),
  });
  const stop = new AbortController();
  const running = snapshot.run(stop.signal);
  async function end(): Promise<void> {
    stop.abort();
    await running;
  }
  async function advance(ms: number): Promise<void> {
    await clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await settle();
  }
  const failures = (operation: string) =>
    registry.value("vmdhcpagent_snapshot_failures_total", { ...LABELS, operation });
  const held = () => /"resourceVersion":"(\w+)"/.exec(file.text ?? "")?.[1];
  return { file, clock, log, snapshot, end, advance, failures, held, stop, running };
}

Deno.test("PoolSnapshot writes the last of the versions that come together, once", async () => {
  const { file, snapshot, advance, held, end } = setUp();
  for (const each of ["1", "2", "3"]) snapshot.keep(version(each));
  await advance(200);
  assert.deepEqual([file.writes, held()], [1, "3"]);
  for (let each = 10; each < 30; each++) {
    snapshot.keep(version(`${each}`));
    await advance(50);
  }
  await advance(2000);
  assert.equal(held(), "29");
  assert.ok(file.writes <= 3, `${file.writes} writes in 3 seconds`);
  await end();
});

Deno.test("PoolSnapshot writes what waits when it ends, and nothing that the file holds", async () => {
  const first = setUp();
  first.snapshot.keep(version("1"));
  await first.end();
  assert.deepEqual([first.file.writes, first.held()], [1, "1"]);
  const second = setUp(first.file);
  second.snapshot.keep(version("1"));
  await second.advance(5000);
  await second.end();
  assert.equal(first.file.writes, 1);
});

Deno.test("PoolSnapshot writes over what it cannot use, though the pool is the same", async () => {
  const { file, snapshot, advance, held, end } = setUp();
  snapshot.keep(version("1"));
  await advance(200);
  await end();
  file.text = file.text!.slice(0, -2);
  const next = setUp(file);
  next.snapshot.keep(version("1"));
  await next.advance(200);
  await next.end();
  assert.deepEqual([file.writes, held()], [2, "1"]);
});

Deno.test("PoolSnapshot says once that it cannot write, tries again, and says when it can", async () => {
  const { file, log, snapshot, advance, failures, held, end } = setUp();
  file.fault = new Error("the disk is full");
  snapshot.keep(version("1"));
  await advance(61_000);
  assert.equal(failures("write"), 3);
  assert.deepEqual(log.lines.map(({ level, fields }) => [level, fields["reason"]]), [
    ["warn", "the disk is full"],
  ]);
  file.fault = undefined;
  await advance(31_000);
  assert.equal(held(), "1");
  assert.deepEqual(log.lines.map(({ msg }) => msg).slice(1), ["snapshot is kept again"]);
  await end();
});

Deno.test("PoolSnapshot removes the file of a pool that is gone, also when it ends at once", async () => {
  const { file, snapshot, advance, end } = setUp();
  snapshot.keep(version("1"));
  await advance(200);
  snapshot.forget();
  await end();
  assert.equal(file.text, undefined);
});

Deno.test("PoolSnapshot ends although its disk hangs", async () => {
  const { file, clock, snapshot, advance, stop, running } = setUp();
  file.hangs = true;
  snapshot.keep(version("1"));
  await advance(200);
  stop.abort();
  await settle();
  await clock.advance(2000);
  await running;
});

Deno.test("PoolSnapshot.load() gives the pool with its time, and nothing where nothing is", async () => {
  const { file, clock, snapshot, advance, failures, log, end } = setUp();
  assert.equal(await snapshot.load(), undefined);
  assert.deepEqual([failures("read"), log.lines.length], [0, 0]);
  snapshot.keep(version("1"));
  const takenMs = clock.nowMs();
  await advance(5000);
  const loaded = await snapshot.load();
  assert.deepEqual([loaded?.takenMs, loaded?.object.metadata.resourceVersion], [takenMs, "1"]);
  file.fault = new Error("this user may not");
  assert.equal(await snapshot.load(), undefined);
  assert.equal(failures("read"), 1);
  await end();
});
