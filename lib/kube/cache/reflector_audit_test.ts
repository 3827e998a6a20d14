/** The comparison of a cache with a list beside its watch, as the informer lives through it. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { type InformerSetup, setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { type KubeList, type ListOptions, StatusError } from "../contract.ts";

/** With the random number of the setup, 0.5: halfway between a quarter and half an hour. */
const AUDIT_MS = 22.5 * 60_000;

/** Lists for which the test says when they arrive. */
class SlowLists extends FakeListWatch {
  #held: PromiseWithResolvers<void> | undefined;

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  async release(): Promise<void> {
    this.#held?.resolve();
    this.#held = undefined;
    await settle();
  }

  override async list(type: unknown, options: ListOptions = {}): Promise<KubeList> {
    const answer = super.list(type, options);
    answer.catch(() => undefined);
    await this.#held?.promise;
    return await answer;
  }
}

interface World extends InformerSetup {
  readonly client: SlowLists;
  readonly clock: FakeClock;
  /** Objects that were found wrong so far. */
  readonly missed: () => number;
  /** Lets the time of the next audit come, while the watches stay silent or are opened again. */
  readonly untilAudit: () => Promise<void>;
}

async function withWorld(client: SlowLists, test: (world: World) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const setup = setUpInformer(client, clock);
  const ended = setup.run();
  await settle();
  setup.changes.length = 0;
  await test({
    ...setup,
    client,
    clock,
    missed: () =>
      setup.registry.value("reflector_missed_changes_total", { resource: "configmaps" }),
    untilAudit: () => clock.advance(AUDIT_MS),
  });
  setup.stop.abort();
  await ended;
  equal(clock.sleeping, 0, "no timer is left");
}

const HIDDEN: Readonly<Record<string, { listed: KubeList; change: string }>> = {
  "a change": {
    listed: fakeList(9, configMap("a", 8), configMap("b", 4)),
    change: "a: 3 -> 8",
  },
  "a deletion": { listed: fakeList(9, configMap("a", 3)), change: "b: 4 -> -" },
  "a new object": {
    listed: fakeList(9, configMap("a", 3), configMap("b", 4), configMap("c", 8)),
    change: "c: - -> 8",
  },
};

for (const [what, { listed, change }] of Object.entries(HIDDEN)) {
  Deno.test(`ReflectorAudit counts ${what} that the server hid, and the cache is mended`, async () => {
    const client = new SlowLists(fakeList(7, configMap("a", 3), configMap("b", 4)), listed);
    await withWorld(client, async ({ untilAudit, missed, changes, log }) => {
      await untilAudit();
      deepEqual(client.lists.at(-1), { resourceVersion: "7" }, "from memory, not from etcd");
      deepEqual([missed(), changes], [0, []], "the watch may still bring it");
      await client.watching.send({ type: "BOOKMARK", resourceVersion: "9" });
      deepEqual([missed(), changes], [1, [change]]);
      deepEqual(client.lists.at(-1), { limit: 500, continue: "" }, "from etcd");
      const line = log.lines.find(({ msg }) => msg === "cache missed changes, listing again");
      deepEqual(line?.fields["keys"], [`default/${change.charAt(0)}`]);
      equal(client.watching.options.resourceVersion, "9");
    });
  });
}

Deno.test("ReflectorAudit finds nothing wrong with what the watch brings late", async () => {
  const client = new SlowLists(
    fakeList(7, configMap("a", 3), configMap("b", 4)),
    fakeList(10, configMap("a", 8), configMap("c", 10)),
  );
  await withWorld(client, async ({ untilAudit, missed, changes }) => {
    await untilAudit();
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 8) });
    await client.watching.send({ type: "DELETED", object: configMap("b", 9) });
    await client.watching.send({ type: "ADDED", object: configMap("c", 10) });
    deepEqual(changes, ["a: 3 -> 8", "b: 4 -> -", "c: - -> 10"]);
    equal(missed(), 0);
    equal(client.lists.length, 2);
  });
});

Deno.test("ReflectorAudit finds nothing wrong with what the watch brings before a slow list", async () => {
  const client = new SlowLists(
    fakeList(7, configMap("a", 3), configMap("b", 4)),
    fakeList(8, configMap("a", 3), configMap("b", 4)),
  );
  await withWorld(client, async ({ untilAudit, missed }) => {
    client.hold();
    await untilAudit();
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 9) });
    await client.watching.send({ type: "DELETED", object: configMap("b", 10) });
    await client.watching.send({ type: "ADDED", object: configMap("c", 11) });
    await client.release();
    await client.watching.send({ type: "BOOKMARK", resourceVersion: "12" });
    equal(missed(), 0);
    equal(client.lists.length, 2);
  });
});

Deno.test("ReflectorAudit still sees what is missing beside what came before a slow list", async () => {
  const client = new SlowLists(
    fakeList(7, configMap("a", 3), configMap("b", 4)),
    fakeList(8, configMap("a", 3), configMap("b", 8)),
  );
  await withWorld(client, async ({ untilAudit, missed }) => {
    client.hold();
    await untilAudit();
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 9) });
    await client.release();
    await client.watching.send({ type: "BOOKMARK", resourceVersion: "12" });
    equal(missed(), 1);
  });
});

Deno.test("ReflectorAudit lets a list that came in between settle it", async () => {
  const expired = new StatusError(410, "Expired", "too old resource version");
  const client = new SlowLists(
    fakeList(7, configMap("a", 3)),
    fakeList(9, configMap("a", 8)),
    fakeList(9, configMap("a", 8)),
  );
  await withWorld(client, async ({ untilAudit, missed, changes }) => {
    await untilAudit();
    await client.watching.send({ type: "ERROR", error: expired });
    await client.watching.send({ type: "BOOKMARK", resourceVersion: "12" });
    deepEqual([missed(), changes], [0, ["a: 3 -> 8"]]);
  });
});

for (
  const [how, failure] of Object.entries({
    "was silent until it was given up": new Error("nothing came for 90 s"),
    "the server ended": undefined,
  })
) {
  Deno.test(`ReflectorAudit has the cache filled again when the server's past was changed, after a watch that ${how}`, async () => {
    const ahead = new StatusError(504, "Timeout", "Too large resource version: 70, current: 9");
    const client = new SlowLists(
      fakeList(70, configMap("a", 60)),
      ahead,
      fakeList(9, configMap("a", 8)),
    );
    await withWorld(client, async ({ untilAudit, changes, missed }) => {
      await untilAudit();
      deepEqual(changes, [], "the watch of a version that is not there yet brings nothing");
      await client.watching.end(failure);
      deepEqual([missed(), changes], [0, ["a: 60 -> 8"]]);
      equal(client.watching.options.resourceVersion, "9");
    });
  });
}

Deno.test("ReflectorAudit costs a sound cache one list in 15 to 30 minutes, and nothing when that fails", async () => {
  const client = new SlowLists(
    fakeList(7, configMap("a", 3)),
    new StatusError(500, "InternalError", "etcd is down"),
    fakeList(7, configMap("a", 3)),
  );
  await withWorld(client, async ({ clock, registry, missed, changes }) => {
    for (let minute = 0; minute < 180; minute++) {
      await clock.advance(60_000);
      await client.watching.send({ type: "BOOKMARK", resourceVersion: "7" });
    }
    equal(registry.value("reflector_audits_total", { resource: "configmaps" }), 8);
    equal(client.lists.length, 9);
    deepEqual([missed(), changes], [0, []]);
    ok(registry.values.has('reflector_missed_changes_total{resource="configmaps"}'));
  });
});
