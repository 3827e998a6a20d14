/**
 * Client and cache against the embedded API server, over TLS, in random sequences of faults; a
 * thousand in `./dev soak`.
 */

import { ok } from "node:assert/strict";
import { loadCredentials } from "../../cmd/compose/standalone/data_folder.ts";
import { type FaultTally, runFaultSequence } from "../support/kube/fault_sequence.ts";
import { IS_SOAK } from "../support/harness/soak.ts";

const SEQUENCES = IS_SOAK ? 1000 : 60;
/** They mostly wait for the deadlines of silent connections. */
const AT_ONCE = 8;

const FIRST_SEED = Number(
  Deno.env.get("VM_DHCP_SEED") ?? crypto.getRandomValues(new Uint16Array(1))[0],
);

/** A folder with the same certificates as the given one, for a database of its own. */
async function copyOf(folder: string): Promise<string> {
  const copy = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
  }
  return copy;
}

async function runSeeds(seeds: number[], template: string): Promise<FaultTally> {
  let [faults, changes] = [0, 0];
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const folder = await copyOf(template);
    try {
      const tally = await runFaultSequence(seed, folder);
      faults += tally.faults;
      changes += tally.changes;
    } catch (error) {
      throw new Error(`VM_DHCP_SEED=${seed} reproduces the failure`, { cause: error });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  return { faults, changes };
}

Deno.test(`Informer equals the server after each of ${SEQUENCES} sequences of faults`, async () => {
  const template = await Deno.makeTempDir();
  await loadCredentials(template);
  const seeds = Array.from({ length: SEQUENCES }, (_, index) => FIRST_SEED + index);
  const runs = await Promise.all(
    Array.from({ length: AT_ONCE }, () => runSeeds(seeds, template)),
  );
  await Deno.remove(template, { recursive: true });
  const faults = runs.reduce((sum, run) => sum + run.faults, 0);
  const changes = runs.reduce((sum, run) => sum + run.changes, 0);
  console.log(
    `${SEQUENCES} sequences from seed ${FIRST_SEED}: ${faults} faults, ${changes} changes`,
  );
  ok(faults > SEQUENCES * 10, `only ${faults} faults`);
  ok(changes > SEQUENCES * 3, `only ${changes} changes`);
});
