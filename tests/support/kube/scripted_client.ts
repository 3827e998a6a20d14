/** A client of a scripted server. */

import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import type { ClosableKubeClient } from "../../../lib/kube/client/rest_client.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { FastClock } from "../clocks/fast_clock.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { ScriptedServer } from "./scripted_server.ts";
import type { Script } from "./scripted_server.ts";

/** A client, its server and their surroundings. */
export interface ScriptedSetup {
  readonly server: ScriptedServer;
  readonly client: ClosableKubeClient;
  readonly clock: FastClock;
  readonly log: RecordingLogger;
  readonly registry: RecordingRegistry;
}

/** How fast time passes for clients of a scripted server: its 15 s for an answer are 0.3 s. */
export const SPEED = 50;

/** In real time. Without a limit, a client that never ends would hang the run. */
const TEST_MS_MAX = 15_000;

/**
 * Runs a test with a client of a server with this script.
 *
 * @param speed How much faster the client's time passes: 1 for a test that waits for nothing but slow
 * things such as processes, which take long on a busy machine.
 */
export async function withScriptedServer(
  script: Script,
  test: (setup: ScriptedSetup) => Promise<void>,
  access: Partial<ClusterAccess> = { token: { text: "s3cret" } },
  speed = SPEED,
): Promise<void> {
  const server = await ScriptedServer.start(script);
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const clock = new FastClock(speed);
  const client = createKubeClient({ server: server.url, ...access }, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random: () => 0.5,
    log,
    registry,
  });
  try {
    await within(TEST_MS_MAX, test({ server, client, clock, log, registry }));
  } finally {
    client.close();
    await server.close();
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.reject(new Error(`not done within ${ms} ms`)), ms);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
