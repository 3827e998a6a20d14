/** Many random histories in simulated time: the cache ends up equal to the server in each. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { checkChangeHistory, setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { MemoryApi } from "../../../tests/support/kube/memory_api.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";

const HISTORIES = 200;
/** These last for hours, so that the cache is compared with lists beside its watches. */
const SLOW_HISTORIES = 20;
const STEPS = 60;

interface Course {
  readonly seed: number;
  /** Longest time between changes. */
  readonly stepMs: number;
}

/** Lives through one history. @returns How many faults and comparisons it had. */
async function simulate(
  { seed, stepMs }: Course,
): Promise<{ readonly faults: number; readonly audits: number }> {
  const random = mulberry32(seed);
  const clock = new FakeClock();
  const api = new MemoryApi(clock, random);
  const { informer, run, stop, changes, registry } = setUpInformer(api, clock, { random });
  const ended = run();
  api.faultRate = 0.3;
  for (let step = 0; step < STEPS; step++) {
    const name = `map-${Math.floor(random() * 12)}`;
    if (random() < 0.6) api.put(name);
    else api.remove(name);
    if (random() < 0.1) api.compact();
    await clock.advance(random() * stepMs);
  }
  api.faultRate = 0;
  // The longest wait between attempts, a silent connection, and another attempt.
  await clock.advance(200_000);
  const state = `seed ${seed}`;
  equal(informer.synced, true, state);
  deepEqual(
    new Map(informer.list().map((object) => [object.metadata.name, object] as const)),
    new Map(api.state),
    state,
  );
  checkChangeHistory(changes);
  stop.abort();
  await ended;
  equal(clock.sleeping, 0, state);
  const labels = { resource: "configmaps" };
  equal(registry.value("reflector_missed_changes_total", labels), 0, state);
  return { faults: api.faults, audits: registry.value("reflector_audits_total", labels) };
}

Deno.test(`Informer ends up equal to the server in ${HISTORIES} random histories with faults`, async () => {
  let faults = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    faults += (await simulate({ seed, stepMs: 5000 })).faults;
  }
  ok(faults > HISTORIES * 5, `only ${faults} faults happened`);
});

Deno.test(`Informer misses nothing by its own account in ${SLOW_HISTORIES} histories of hours with faults`, async () => {
  let audits = 0;
  for (let seed = 1; seed <= SLOW_HISTORIES; seed++) {
    audits += (await simulate({ seed, stepMs: 120_000 })).audits;
  }
  ok(audits > SLOW_HISTORIES, `only ${audits} comparisons`);
});
