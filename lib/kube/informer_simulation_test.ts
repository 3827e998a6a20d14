/** Many random histories in simulated time: the cache ends up equal to the server in each. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { checkChangeHistory, setUpInformer } from "../../tests/support/informer_setup.ts";
import { MemoryApi } from "../../tests/support/memory_api.ts";
import { mulberry32 } from "../../tests/support/seeded_random.ts";

const HISTORIES = 200;
const STEPS = 60;

/** Lives through one history. @returns How many faults it had. */
async function simulate(seed: number): Promise<number> {
  const random = mulberry32(seed);
  const clock = new FakeClock();
  const api = new MemoryApi(clock, random);
  const { informer, run, stop, changes } = setUpInformer(api, clock, { random });
  const ended = run();
  api.faultRate = 0.3;
  for (let step = 0; step < STEPS; step++) {
    const name = `map-${Math.floor(random() * 12)}`;
    if (random() < 0.6) api.put(name);
    else api.remove(name);
    if (random() < 0.1) api.compact();
    await clock.advance(random() * 5000);
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
  return api.faults;
}

Deno.test(`Informer ends up equal to the server in ${HISTORIES} random histories with faults`, async () => {
  let faults = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) faults += await simulate(seed);
  ok(faults > HISTORIES * 5, `only ${faults} faults happened`);
});
