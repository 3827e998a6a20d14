/**
 * Everything around DHCP goes wrong at once: no descriptors, no disk, nobody who reads the log, a
 * clock that jumps, connections that say nothing and readers that read nothing, reloads, sixty
 * interfaces. Clients notice nothing.
 */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { soakSeconds } from "../../support/harness/soak.ts";
import { sumOf } from "../../support/metrics/exposition.ts";
import { LEASE_SECONDS } from "./chaos_networks.ts";
import { ChaosWorld } from "./chaos_world.ts";
import { silentCrowd, unreadCrowd } from "./crowd.ts";
import {
  churn,
  type Disturbance,
  exhaustDescriptors,
  fillDisk,
  gather,
  jumpClock,
  reload,
} from "./disturbances.ts";
import { type ClientRecord, readExchanges } from "./exchange_record.ts";
import type { TroubledProcess } from "./troubled_process.ts";

const SECONDS = soakSeconds(100, 1800);
/** What runs for the first time takes memory that it keeps. */
const WARM_UP_SECONDS = soakSeconds(30, 120);
const WARM_UP_MB_GROWTH_MAX = 5;
const WARM_UPS_MAX = 5;
const CALM_SECONDS_MAX = 20;
const SCRAPE_MS = 250;
const RESIDENT_MB_GROWTH_MAX = 10;
const ROUNDS_MAX = 3;
/** Half of the lease, and what clients wait beyond it. */
const RENEWAL_SECONDS_MAX = LEASE_SECONDS * 0.75;
const CLIENTS = 6;

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/ippools";

/** Everything that goes wrong. */
function disturbancesOf(world: ChaosWorld): readonly Disturbance[] {
  const { standalone, doors, apiDoor, api } = world;
  const authorization = `Authorization: ${api.authorization}\r\n`;
  return [
    ...world.processes.map(exhaustDescriptors),
    fillDisk(standalone),
    jumpClock(world.clock),
    reload(standalone),
    churn(api, "net-a"),
    gather([
      ...[...doors, apiDoor].map(silentCrowd),
      ...doors.flatMap((door) => [unreadCrowd(door, "/leases"), unreadCrowd(door, "/metrics")]),
      unreadCrowd(apiDoor, POOLS, authorization),
      unreadCrowd(apiDoor, `${POOLS}?watch=true`, authorization),
    ]),
  ];
}

/** Lets all of it happen at once for a time. */
async function disturb(seconds: number, disturbances: readonly Disturbance[]): Promise<void> {
  const end = AbortSignal.timeout(seconds * 1000);
  await Promise.all(disturbances.map((each) => each(end)));
}

/**
 * Gives a process the time to return memory, and some work, without which nothing collects garbage.
 *
 * @returns Resident MB when it has, or at the end.
 */
async function calmDown(subject: TroubledProcess, goalMb: number): Promise<number> {
  const untilMs = performance.now() + CALM_SECONDS_MAX * 1000;
  let residentMb = await subject.residentMb();
  while (residentMb > goalMb && performance.now() < untilMs) {
    await subject.metrics();
    await new Promise((resolve) => setTimeout(resolve, SCRAPE_MS));
    residentMb = await subject.residentMb();
  }
  return residentMb;
}

/**
 * Disturbs until memory hardly grows by it. It grows by steps, some of which come late on a busy machine.
 *
 * @returns Resident MB of each process.
 */
async function warmUp(
  { processes }: ChaosWorld,
  disturbances: readonly Disturbance[],
): Promise<readonly number[]> {
  let before = await Promise.all(processes.map((each) => each.residentMb()));
  for (let round = 1; round <= WARM_UPS_MAX; round++) {
    await disturb(WARM_UP_SECONDS, disturbances);
    const after = await Promise.all(processes.map((each) => calmDown(each, 0)));
    console.log(`warm-up: resident MB before ${before.join(", ")}, after ${after.join(", ")}`);
    if (after.every((residentMb, index) => residentMb <= before[index]! + WARM_UP_MB_GROWTH_MAX)) {
      return after;
    }
    before = after;
  }
  assert.fail(`resident memory grew in each of ${WARM_UPS_MAX} warm-ups`);
}

/**
 * Disturbs until memory has not grown. Garbage that was not collected in one round is in another; what
 * leaked is still there, and more of it.
 */
async function checkGrowth(
  { processes }: ChaosWorld,
  disturbances: readonly Disturbance[],
  before: readonly number[],
): Promise<void> {
  const goals = before.map((residentMb) => residentMb + RESIDENT_MB_GROWTH_MAX);
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    await disturb(SECONDS, disturbances);
    const after = await Promise.all(
      processes.map((each, index) => calmDown(each, goals[index]!)),
    );
    console.log(`resident MB before ${before.join(", ")}, after ${after.join(", ")}`);
    if (after.every((residentMb, index) => residentMb <= goals[index]!)) return;
  }
  assert.fail(`resident memory had grown after each of ${ROUNDS_MAX} rounds`);
}

/** Ends a process, which has to have felt what happened and to have survived it. */
async function endAndJudge(subject: TroubledProcess): Promise<void> {
  await subject.ready();
  const metrics = await subject.metrics();
  // Otherwise nothing was shown.
  assert.ok(sumOf(metrics, "vmdhcp_http_accept_errors_total") > 0, "no descriptor was missed");
  assert.ok(sumOf(metrics, "vmdhcp_http_connections_cut_total") > 0, "nobody was cut off");
  assert.equal(sumOf(metrics, "vmdhcp_unhandled_errors_total"), 0);
  const { code, signal, log } = await subject.end();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, log.tail());
}

/** @param seconds For how long they were recorded. */
function judgeExchanges(records: readonly ClientRecord[], seconds: number): void {
  const least = Math.floor(seconds / RENEWAL_SECONDS_MAX);
  for (const { mac, acknowledged, failures } of records) {
    assert.deepEqual(failures, [], mac);
    const had = `${acknowledged} exchanges in ${seconds.toFixed()} seconds`;
    assert.ok(acknowledged > least, `${mac} had ${had}`);
  }
  assert.equal(records.length, CLIENTS);
}

await integrationTest({
  name: `clients renew while everything around DHCP goes wrong for ${SECONDS} seconds`,
  needs: [
    ...["namespaces", "real root", "executable", "gcc", "tshark"] as const,
    ...["udhcpc", "dhclient", "dhcpcd", "systemd-networkd"] as const,
  ],
  run: async () => {
    await using world = await ChaosWorld.start();
    await world.bootClients();
    const startMs = performance.now();
    const stop = new AbortController();
    const renewals = world.renewAlways(stop.signal);
    const disturbances = disturbancesOf(world);

    const before = await warmUp(world, disturbances);
    await checkGrowth(world, disturbances, before);
    stop.abort();
    const seconds = (performance.now() - startMs) / 1000;
    await renewals;
    const files = await world.stopRecording();
    for (const each of world.processes) await endAndJudge(each);

    const records = (await Promise.all(files.map(readExchanges))).flat();
    const exchanges = records.map(({ acknowledged }) => acknowledged);
    console.log(`exchanges in ${seconds.toFixed()} seconds: ${exchanges.join(", ")}`);
    judgeExchanges(records, seconds);
  },
});
