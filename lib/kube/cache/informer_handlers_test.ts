import { deepEqual, equal } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { type Change, InformerHandlers } from "./informer_handlers.ts";

interface World {
  readonly clock: FakeClock;
  /** Keys and states that the flaky handler was told, whether it threw or not. */
  readonly told: string[];
  /** The same for the handler that never throws. */
  readonly toldOther: string[];
  /** Keys that were reported. */
  readonly failed: string[];
  /** Whether the flaky handler throws. */
  broken: boolean;
  change(key: string, after: number | undefined): void;
}

async function withHandlers(test: (world: World) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const state = new Map<string, number>();
  const failed: string[] = [];
  const handlers = new InformerHandlers<number>({
    current: (key) => state.get(key),
    onError: (key) => failed.push(key),
    clock,
    random: () => 0.5,
  });
  const world: World = {
    clock,
    failed,
    told: [],
    toldOther: [],
    broken: true,
    change(key, after) {
      const before = state.get(key);
      if (after === undefined) state.delete(key);
      else state.set(key, after);
      handlers.tell({ key, before, after });
    },
  };
  const format = ({ key, before, after }: Change<number>) =>
    `${key}: ${before ?? "-"} -> ${after ?? "-"}`;
  handlers.add((key, before, after) => {
    world.told.push(format({ key, before, after }));
    if (world.broken) throw new Error("handler bug");
  });
  handlers.add((key, before, after) => {
    world.toldOther.push(format({ key, before, after }));
  });
  const stop = new AbortController();
  const ended = handlers.run(stop.signal);
  await test(world);
  stop.abort();
  await ended;
  equal(clock.sleeping, 0, "no timer is left");
}

Deno.test("InformerHandlers tells a handler that threw again, and only that handler", async () => {
  await withHandlers(async (world) => {
    world.change("a", 1);
    deepEqual(world.failed, ["a"]);
    world.broken = false;
    await world.clock.advance(200);
    deepEqual(world.told, ["a: - -> 1", "a: - -> 1"]);
    deepEqual(world.toldOther, ["a: - -> 1"]);
    await world.clock.advance(600_000);
    equal(world.told.length, 2, "once it took it, that was it");
  });
});

Deno.test("InformerHandlers waits longer after each failure, up to a minute, and goes on", async () => {
  await withHandlers(async (world) => {
    world.change("a", 1);
    await world.clock.advance(10 * 60_000);
    const attempts = world.failed.length;
    equal(attempts > 12 && attempts < 30, true, `${attempts} attempts in ten minutes`);
    world.broken = false;
    await world.clock.advance(60_000);
    equal(world.failed.length, attempts);
    world.broken = true;
    world.change("b", 1);
    world.broken = false;
    await world.clock.advance(200);
    equal(world.told.at(-1), "b: - -> 1", "from the first wait again");
  });
});

Deno.test("InformerHandlers leaves no gap in the history of a handler that threw", async () => {
  await withHandlers(async (world) => {
    world.broken = false;
    world.change("a", 1);
    world.broken = true;
    world.change("a", 2);
    world.change("a", 3);
    world.broken = false;
    world.change("a", 4);
    await world.clock.advance(60_000);
    deepEqual(world.told, ["a: - -> 1", "a: 1 -> 2", "a: 1 -> 3", "a: 1 -> 4"]);
    deepEqual(world.toldOther, ["a: - -> 1", "a: 1 -> 2", "a: 2 -> 3", "a: 3 -> 4"]);
  });
});

Deno.test("InformerHandlers tells of the end of what a handler took, not of what it never took", async () => {
  await withHandlers(async (world) => {
    world.broken = false;
    world.change("taken", 1);
    world.broken = true;
    world.change("taken", undefined);
    world.change("never", 1);
    world.change("never", undefined);
    world.told.length = 0;
    world.broken = false;
    await world.clock.advance(60_000);
    deepEqual(world.told, ["taken: 1 -> -"]);
  });
});

Deno.test("InformerHandlers asks nothing of the clock while no handler throws", async () => {
  await withHandlers(async (world) => {
    world.broken = false;
    world.change("a", 1);
    await settle();
    equal(world.clock.sleeping, 0);
  });
});
