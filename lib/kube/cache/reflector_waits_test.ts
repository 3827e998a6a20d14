/** When a reflector asks again: never hot, never all replicas at once, never later than it has to. */

import { equal, ok } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import type { KubeList, ListOptions } from "../contract.ts";

const REPLICAS = 3;

/** Notes when each list was asked for. */
class TimedLists extends FakeListWatch {
  readonly askedMs: number[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    super(new Error("connection refused"));
    this.#clock = clock;
  }

  override list(type: unknown, options: ListOptions = {}): Promise<KubeList> {
    this.askedMs.push(this.#clock.monotonicMs());
    return super.list(type, options);
  }
}

Deno.test("Reflectors of three replicas part after the first failure and hardly ever meet again", async () => {
  const clock = new FakeClock();
  const replicas = Array.from({ length: REPLICAS }, (_, index) => {
    const client = new TimedLists(clock);
    const setup = setUpInformer(client, clock, { random: mulberry32(index + 1) });
    return { client, setup, ended: setup.run() };
  });
  await clock.advance(10 * 60_000);
  const attempts = replicas.flatMap(({ client }, index) =>
    client.askedMs.slice(1).map((atMs) => ({ index, atMs }))
  ).sort((a, b) => a.atMs - b.atMs);
  const meetings = attempts.filter(({ index, atMs }, at) => {
    const before = attempts[at - 1];
    return before !== undefined && before.index !== index && atMs - before.atMs < 100;
  });
  ok(attempts.length > 60, `${attempts.length} attempts`);
  ok(meetings.length <= attempts.length / 20, `${meetings.length} of ${attempts.length} meet`);
  for (const { setup } of replicas) setup.stop.abort();
  await Promise.all(replicas.map(({ ended }) => ended));
});

Deno.test("Reflector does not spin when each watch ends at once with a bookmark that says nothing new", async () => {
  const clock = new FakeClock();
  const client = new FakeListWatch(fakeList(7));
  const { run, stop } = setUpInformer(client, clock);
  const ended = run();
  await settle();
  const startMs = clock.monotonicMs();
  for (let times = 0; times < 10; times++) {
    await client.watching.send({ type: "BOOKMARK", resourceVersion: "7" });
    await client.watching.end();
    await clock.advance(clock.nextDueMs ?? 0);
  }
  equal(client.watches.length, 11);
  ok(clock.monotonicMs() - startMs > 60_000, "ten times take a minute");
  stop.abort();
  await ended;
});

/** Ways in which a watch shows that it was sound before it broke. */
const SOUND: Readonly<Record<string, (client: FakeListWatch, clock: FakeClock) => Promise<void>>> =
  {
    "was silent for a minute": (_client, clock) => clock.advance(60_000),
    "brought an event": (client) => {
      const object = configMap("a", client.watches.length + 10);
      return client.watching.send({ type: "MODIFIED", object });
    },
  };

for (const [what, live] of Object.entries(SOUND)) {
  Deno.test(`Reflector is back within a second each time that a watch breaks that ${what}`, async () => {
    const clock = new FakeClock();
    const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
    const { run, stop, log } = setUpInformer(client, clock);
    const ended = run();
    await settle();
    for (let times = 0; times < 10; times++) {
      await live(client, clock);
      await client.watching.end(new Error("connection closed before message completed"));
      equal(log.lines.at(-1)?.fields["retryMs"], 600);
      await clock.advance(600);
      equal(client.watches.length, times + 2);
    }
    stop.abort();
    await ended;
  });
}
