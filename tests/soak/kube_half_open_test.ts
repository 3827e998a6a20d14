/**
 * A connection that is dead but open, which TCP does not report. With the real clock and its minute and
 * a half in `./dev soak`, otherwise with a clock that is thirty times as fast.
 */

import type { Clock } from "../../lib/base/clock.ts";
import assert from "node:assert/strict";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { TestProcess } from "../support/process/test_process.ts";
import { startEmbeddedApi } from "../support/apiserver/embedded_api.ts";
import { FastClock } from "../support/clocks/fast_clock.ts";
import { gadget, GADGET_TYPE } from "../support/kube/gadget.ts";
import { setUpInformer } from "../support/kube/informer_setup.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { IS_SOAK, soakSeconds } from "../support/harness/soak.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const SPEED = IS_SOAK ? 1 : 30;
/** On the clock of the client: the idle deadline, and some time for a slow machine. */
const NOTICED_MS_MAX = 95_000;
const QUIET_SECONDS = soakSeconds(2, 130);
/** Keeps the watch awake, because the server's bookmarks, one in 50 s, are too far apart. */
const CHANGE_MS = 500;

interface Relay extends AsyncDisposable {
  readonly url: string;
  freeze(): void;
  thaw(): void;
}

async function startRelay(target: string): Promise<Relay> {
  const script = new URL("./relay_process.ts", import.meta.url).pathname;
  const process = TestProcess.start({
    path: Deno.execPath(),
    args: ["run", "--allow-net", "--no-check", script, new URL(target).port],
  });
  const port = await waitUntil(
    () => /^\d+$/m.exec(process.tail())?.[0],
    { what: "the relay", explain: () => process.tail() },
  );
  return {
    url: `https://127.0.0.1:${port}`,
    freeze: () => process.kill("SIGSTOP"),
    thaw: () => process.kill("SIGCONT"),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

Deno.test("Informer notices within 95 s that its connection is frozen, and catches up when it is not", async () => {
  await using api = await startEmbeddedApi();
  await using relay = await startRelay(api.server.url);
  const clock: Clock = IS_SOAK ? createClock() : new FastClock(SPEED);
  const access = {
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  };
  const parts = {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  };
  const client = createKubeClient({ ...access, server: relay.url }, parts);
  // Not through the relay.
  const direct = createKubeClient({ ...access, server: api.server.url }, parts);
  const { informer, log, registry, stop, run } = setUpInformer(client, clock, {
    type: GADGET_TYPE,
  });
  const failures = () => log.lines.filter(({ msg }) => msg === "watch failed");
  const make = (name: string) =>
    direct.create(GADGET_TYPE, { ...gadget(name), metadata: { namespace: "default", name } });
  const ended = run();
  try {
    await informer.whenSynced();
    const endMs = performance.now() + QUIET_SECONDS * 1000;
    for (let change = 0; performance.now() < endMs; change++) {
      if (!IS_SOAK) await make(`awake-${change}`);
      await new Promise((resolve) => setTimeout(resolve, CHANGE_MS));
    }
    assert.deepEqual(failures(), [], "a sound connection is left alone");

    relay.freeze();
    const frozenMs = clock.monotonicMs();
    await make("behind");
    await waitUntil(() => failures().length > 0 || undefined, {
      what: "the frozen connection to be noticed",
      limitMs: 2 * NOTICED_MS_MAX / SPEED,
    });
    const noticedMs = clock.monotonicMs() - frozenMs;
    assert.ok(noticedMs <= NOTICED_MS_MAX, `noticed after ${noticedMs} ms`);
    assert.match(String(failures()[0]?.fields["error"]), /nothing came for 90 s/);
    assert.equal(informer.get("default/behind"), undefined);

    relay.thaw();
    await waitUntil(() => informer.get("default/behind"), { what: "the change made meanwhile" });
    const lists = registry.value("reflector_lists_total", { resource: "gadgets.test.example.com" });
    assert.equal(lists, 1, "no further list was needed");
    console.log(`noticed after ${(noticedMs / 1000).toFixed(1)} s`);
  } finally {
    relay.thaw();
    stop.abort();
    await ended;
    client.close();
    direct.close();
  }
});
