/** What the snapshot of a pool costs its agent: the work, and how long a packet would wait for it. */

import { createSnapshotFile, sha256Of } from "../../../cmd/compose/agent/snapshot_file.ts";
import { PoolSnapshot } from "../../../lib/agent/pool/pool_snapshot.ts";
import { SnapshotMetrics } from "../../../lib/agent/pool/snapshot_metrics.ts";
import {
  formatSnapshot,
  jsonInSteps,
  readSnapshot,
} from "../../../lib/agent/pool/snapshot_text.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { finish, Turns } from "../../../lib/base/turns.ts";
import { formatIpv4Address, type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../lib/net/mac_address.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const BINDINGS = 10_000;
const GROUP = `snapshot of ${BINDINGS}`;
const FORMAT = { poolKey: "default/ippool-1", sha256: sha256Of };

function version(resourceVersion: number): KubeObject {
  const allocated = Object.fromEntries(Array.from({ length: BINDINGS }, (_, i) => [
    formatIpv4Address(0x0a4d0100 + i as Ipv4Address),
    formatMacAddress(0x525400000000 + i * 7919 as MacAddress),
  ]));
  return ippoolSample({
    metadata: { uid: "1", resourceVersion: String(resourceVersion) },
    status: { ipv4: { allocated, used: BINDINGS, available: 0 } },
  });
}

const versions = Array.from({ length: 6 }, (_, i) => version(i));
const turns = new Turns(createClock());
const text = await formatSnapshot(FORMAT, 0, finish(jsonInSteps(versions[0])));

Deno.bench("make its text in one go", { group: GROUP, baseline: true }, () => {
  JSON.stringify(versions[0]);
});

Deno.bench("make its text in steps", { group: GROUP }, () => {
  finish(jsonInSteps(versions[0]));
});

Deno.bench("checksum it", { group: GROUP }, async () => {
  await formatSnapshot(FORMAT, 0, text);
});

Deno.bench("read it in turns", { group: GROUP }, async () => {
  await readSnapshot(FORMAT, text, { nowMs: 0, turns });
});

/** The longest time for which the event loop did nothing else, while it did this. */
async function longestWaitMs(work: () => Promise<void>): Promise<number> {
  let [waitMs, lastMs] = [0, performance.now()];
  const sampler = setInterval(() => {
    const nowMs = performance.now();
    waitMs = Math.max(waitMs, nowMs - lastMs);
    lastMs = nowMs;
  }, 0);
  await work();
  clearInterval(sampler);
  return waitMs;
}

const folder = await Deno.makeTempDir();
const file = createSnapshotFile(`${folder}/snapshot.json`);
let onWritten: (() => void) | undefined;
const clock = createClock();
const snapshot = new PoolSnapshot({
  ...FORMAT,
  file: { ...file, write: (text) => file.write(text).finally(() => onWritten?.()) },
  clock,
  log: new RecordingLogger(),
  metrics: new SnapshotMetrics(
    new RecordingRegistry(),
    { namespace: "default", name: "ippool-1" },
    clock,
  ),
});
const stop = new AbortController();
const running = snapshot.run(stop.signal);
const startMs = performance.now();
const waitMs = await longestWaitMs(async () => {
  for (const each of versions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    onWritten = resolve;
    snapshot.keep(each);
    await promise;
  }
});
const idleMs = performance.now() - startMs;
const idleWaitMs = await longestWaitMs(() => clock.sleep(idleMs));
stop.abort();
await running;
await Deno.remove(folder, { recursive: true });
console.log(
  `${versions.length} snapshots of ${BINDINGS} bindings (${
    (text.length / 1024).toFixed(0)
  } KiB): the ` +
    `event loop was kept for ${waitMs.toFixed(1)} ms at most, and for ${
      idleWaitMs.toFixed(1)
    } ms ` +
    "without them",
);
