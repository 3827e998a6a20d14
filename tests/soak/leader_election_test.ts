/**
 * Controllers in processes of their own, of which one leads: with the default durations in
 * `./dev soak`, with a lease of three seconds otherwise.
 */

import assert from "node:assert/strict";
import {
  macOf,
  makePool,
  makeVm,
  untilAddresses,
  untilUsed,
} from "../support/controller/controller_objects.ts";
import { ControllerCluster } from "./controller_cluster.ts";
import { IS_SOAK, soakSeconds } from "../support/harness/soak.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const FLAGS = IS_SOAK ? [] : [
  "--leader-elect-lease-duration=3s",
  "--leader-elect-renew-deadline=2s",
  "--leader-elect-retry-period=500ms",
];

/** From a leader's death to the next leader: the lease, 1.2 retry periods, and some slack. */
const TAKEOVER_MS_MAX = soakSeconds(3 + 0.6 + 2, 18) * 1000;

/** The shortest stop of a leader: longer than its lease. */
const STOPPED_SECONDS_MIN = soakSeconds(4, 20);

/** Enough to keep a controller at work for a while. */
const VMS = 200;

const LARGE_POOL = {
  ipv4Config: { cidr: "10.48.0.0/16", serverIP: "10.48.0.2", router: "10.48.0.1" },
  pool: { start: "10.48.1.0", end: "10.48.255.254", exclude: undefined },
};

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

Deno.test("a leader that was stopped by SIGSTOP writes nothing when it continues, and exits with 1", async () => {
  await using cluster = await ControllerCluster.start();
  const { world } = cluster;
  const first = cluster.controller(...FLAGS);
  await first.leads();
  await makePool(world, LARGE_POOL);
  // In the middle of work, so that answers and changes are waiting for it when it continues.
  const numbers = Array.from({ length: VMS }, (_, index) => index + 1);
  const made = Promise.all(
    numbers.map((n) => makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }])),
  );
  const updates = () => cluster.writes.filter(({ operation }) => operation === "UPDATE").length;
  await waitUntil(() => updates() > VMS / 2 || undefined, { what: "the controller to work" });
  first.signal("SIGSTOP");
  const stoppedMs = performance.now();
  await made;
  // Requests that the first one had sent before may still arrive, and have to be refused.
  const second = cluster.controller(...FLAGS);
  await second.leads(TAKEOVER_MS_MAX + 5000);
  await untilUsed(world, VMS);
  const stoppedSeconds = (performance.now() - stoppedMs) / 1000;
  await pause(Math.max(soakSeconds(2, 5), STOPPED_SECONDS_MIN - stoppedSeconds));
  const before = cluster.writes.length;
  first.signal("SIGCONT");
  const { code } = await first.ended();
  assert.equal(cluster.writes.length, before, first.log.tail());
  assert.equal(code, 1);
  assert.equal(first.log.entries("leadership lost").length, 1, first.log.tail());
});

Deno.test("a standby is ready, takes over from a killed leader in time, and from one that ends within 3 s", async () => {
  await using cluster = await ControllerCluster.start();
  const { world } = cluster;
  const first = cluster.controller(...FLAGS);
  await first.leads();
  const second = cluster.controller(...FLAGS);
  await second.identity();
  await makePool(world);
  await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
  await untilAddresses(world, "vm-1", "192.168.48.82");
  assert.deepEqual(JSON.parse(await first.get("/readyz")), { ok: true });
  assert.deepEqual(JSON.parse(await second.get("/readyz")), {
    ok: true,
    standby: `standing by, ${await first.identity()} leads`,
  });
  assert.match(await first.get("/metrics"), /leader_election_master_status\{.*\} 1/);
  assert.match(await second.get("/metrics"), /leader_election_master_status\{.*\} 0/);

  first.signal("SIGKILL");
  await second.leads(TAKEOVER_MS_MAX);
  await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
  await untilAddresses(world, "vm-2", "192.168.48.83");

  const third = cluster.controller(...FLAGS);
  await third.identity();
  await pause(1);
  second.signal("SIGTERM");
  await third.leads(3000);
  assert.equal((await second.ended()).code, 0, second.log.tail());
  assert.equal(await cluster.holder(), await third.identity());
});

Deno.test("a controller ends with 0 on SIGTERM while the API is away, and at once on a second signal", async () => {
  await using cluster = await ControllerCluster.start();
  const [patient, hasty] = [
    cluster.controller(...FLAGS),
    cluster.controller("--no-leader-election"),
  ];
  await patient.leads();
  const elected = cluster.controller(
    ...FLAGS,
    "--leader-elect-resource-name=of-another-kind",
  );
  await elected.leads();
  await cluster.endApi();
  for (const each of [patient, hasty, elected]) each.signal("SIGTERM");
  await pause(0.5);
  elected.signal("SIGTERM");
  assert.equal((await elected.ended(2000)).signal, "SIGTERM", elected.log.tail());
  assert.equal((await hasty.ended()).code, 0, hasty.log.tail());
  assert.equal((await patient.ended()).code, 0, patient.log.tail());
});
