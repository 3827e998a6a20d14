import assert from "node:assert/strict";
import {
  type ConnectionLimits,
  type ConnectionPhase,
  ConnectionTable,
  type CutReason,
  limitsFor,
  TrackedConnection,
} from "./connection_table.ts";

const LIMITS: ConnectionLimits = {
  connections: 4,
  phaseMs: { head: 1000 },
  progressMs: { reader: 1000 },
  sweepMs: 1,
};

class World implements Disposable {
  readonly cuts: CutReason[] = [];
  readonly closed: string[] = [];
  nowMs = 0;
  readonly table = new ConnectionTable(LIMITS, (reason) => this.cuts.push(reason));

  connect(source: string, phase: ConnectionPhase, name = source): TrackedConnection {
    this.nowMs++;
    const close = () => this.closed.push(name);
    const connection = new TrackedConnection(source, phase, close, () => this.nowMs);
    if (!this.table.add(connection)) connection.close();
    return connection;
  }

  [Symbol.dispose](): void {
    this.table.closeAll({ idleOnly: false });
  }
}

Deno.test("a client with many idle connections gives one up for a newcomer", () => {
  using world = new World();
  for (const name of ["a1", "a2", "a3"]) world.connect("a", "idle", name);
  world.connect("b", "idle");
  world.connect("c", "head");
  assert.deepEqual([world.closed, world.cuts], [["a1"], ["full"]]);
});

Deno.test("a client that takes all connections is refused more, and others get in", () => {
  using world = new World();
  for (const name of ["a1", "a2", "a3", "a4"]) world.connect("a", "handling", name);
  world.connect("a", "head", "a5");
  assert.deepEqual(world.closed, ["a5"]);
  world.connect("b", "head");
  assert.deepEqual(world.closed, ["a5", "a1"]);
  assert.equal(world.table.size, 4);
});

Deno.test("a connection that is idle is closed before one that works, however old that one is", () => {
  using world = new World();
  world.connect("a", "reader", "a1");
  world.connect("a", "idle", "a2");
  world.connect("a", "handling", "a3");
  world.connect("b", "handling");
  world.connect("a", "head", "a4");
  assert.deepEqual(world.closed, ["a2"]);
});

Deno.test("a client that does not read gives up the connection that it has not read for longest", () => {
  using world = new World();
  world.connect("a", "handling", "a1");
  const first = world.connect("a", "reader", "a2");
  for (const name of ["a3", "a4"]) world.connect("a", "reader", name);
  world.nowMs++;
  first.progress();
  world.connect("a", "head", "a5");
  assert.deepEqual(world.closed, ["a3"]);
});

Deno.test("closeIdle() closes the connection that was idle for the longest time, if there is one", () => {
  using world = new World();
  world.connect("a", "handling", "a1");
  world.table.closeIdle();
  assert.deepEqual(world.closed, []);
  world.connect("b", "idle", "b1");
  world.connect("b", "idle", "b2");
  world.table.closeIdle();
  assert.deepEqual(world.closed, ["b1"]);
});

Deno.test("a connection is late by its phase, and by its last progress", () => {
  const world = new World();
  const connection = new TrackedConnection("a", "head", () => {}, () => world.nowMs);
  world.nowMs = 900;
  connection.progress();
  connection.enter("head");
  world.nowMs = 1001;
  assert.ok(connection.isLate(LIMITS), "one octet now and then does not make a head timely");
  connection.enter("reader");
  for (let turn = 0; turn < 5; turn++) {
    world.nowMs += 900;
    assert.ok(!connection.isLate(LIMITS));
    connection.progress();
  }
  world.nowMs += 1001;
  assert.ok(connection.isLate(LIMITS));
  connection.enter("handling");
  world.nowMs += 1e9;
  assert.ok(!connection.isLate(LIMITS), "a handler may take its time");
});

Deno.test("limitsFor() leaves descriptors to the rest of the process", () => {
  const cases = [[1_048_576, 256], [4096, 256], [1024, 224], [256, 32], [100, 8]] as const;
  for (const [openFiles, wanted] of cases) {
    assert.equal(limitsFor(256, openFiles).connections, wanted, `${openFiles}`);
  }
  assert.equal(limitsFor(256).connections, 224);
});
