/**
 * A controller whose requests fail in every way, while VMs come, change and go: it loses no work, and
 * every version of every object keeps the rules.
 */

import assert from "node:assert/strict";
import { objectRules } from "../support/apiserver/object_rules.ts";
import { apiVersionOf, NAMESPACES } from "../../lib/api/resources.ts";
import {
  ApiFaults,
  closeAfterCommit,
  delay,
  type Fault,
  inStream,
  proxyPage,
  refuse,
  resetAfterCommit,
  resetBeforeCommit,
} from "../support/apiserver/api_faults.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../support/apiserver/embedded_api.ts";
import { readControllerCrds } from "../support/apiserver/crds.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeTrafficPools } from "../support/traffic/traffic_pools.ts";
import { untilSettled } from "../support/traffic/settled_world.ts";
import { BY_CONFIGS, BY_VIRTUAL_MACHINES, type VmKind } from "../support/traffic/vm_kinds.ts";
import { VmTraffic } from "../support/traffic/vm_traffic.ts";
import { WorldHistory } from "../support/traffic/world_history.ts";
import { mulberry32 } from "../support/harness/seeded_random.ts";
import { IS_SOAK, soakSeconds } from "../support/harness/soak.ts";

const VMS = IS_SOAK ? 2000 : 500;
const TRAFFIC_SECONDS = soakSeconds(15, 300);
const RESTARTS = 3;
const FAULT_RATE = 0.15;
const SETTLE_MS_MAX = 120_000;
const SEED = Number(
  Deno.env.get("VM_DHCP_SEED") ?? crypto.getRandomValues(new Uint16Array(1))[0],
);

const KINDS: readonly (readonly [what: string, kind: VmKind])[] = [
  ["VirtualMachineNetworkConfigs", BY_CONFIGS],
  ["VirtualMachines", BY_VIRTUAL_MACHINES],
];

/** Draws what happens to a request of the controller. */
function faultsOf(random: () => number): () => Fault | undefined {
  const faults: readonly (() => Fault)[] = [
    resetBeforeCommit,
    resetAfterCommit,
    closeAfterCommit,
    () => delay(Math.floor(random() * 1000)),
    () => refuse(409),
    () => refuse(429, { retryAfterSeconds: 1 }),
    () => refuse(500),
    () => refuse(503, { retryAfterSeconds: 1 }),
    () => refuse(504),
    proxyPage,
    () => inStream(Math.floor(random() * 50), "truncate"),
    () => inStream(Math.floor(random() * 50), "expired"),
    () => inStream(Math.floor(random() * 50), "reset"),
  ];
  return () => random() < FAULT_RATE ? faults[Math.floor(random() * faults.length)]!() : undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function accessOf({ server, credentials }: EmbeddedApi) {
  return {
    server: server.url,
    certificateAuthority: { text: credentials.cert },
    token: { text: credentials.token },
  };
}

for (const [what, kind] of KINDS) {
  Deno.test(`a controller loses no work on ${VMS} ${what} while its requests fail`, async () => {
    console.log(`seed ${SEED}`);
    const random = mulberry32(SEED);
    await using cleanUp = new AsyncDisposableStack();
    const faults = new ApiFaults();
    const crds = readControllerCrds();
    const api = cleanUp.use(await startEmbeddedApi({ crds, admission: objectRules, faults }));
    // Users' requests never meet a fault.
    const world = cleanUp.use(new ControllerWorld(api.server.handle, "lab"));
    const troubled = cleanUp.use(new ControllerWorld(accessOf(api), "lab"));
    await world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: "lab" },
    });
    const history = cleanUp.use(new WorldHistory(world.client, "lab"));
    await makeTrafficPools(world);
    let controller = await troubled.start();
    faults.drawWith(faultsOf(random));
    const traffic = new VmTraffic(kind, world, mulberry32(SEED + 1), VMS);
    await traffic.fill();
    const stop = new AbortController();
    const ended = traffic.run(stop.signal);
    for (let time = 1; time <= RESTARTS; time++) {
      await pause(TRAFFIC_SECONDS * 500 / RESTARTS);
      await controller.stop();
      controller = await troubled.start();
    }
    // A restart would make good what was forgotten before.
    await pause(TRAFFIC_SECONDS * 500);
    stop.abort();
    await ended;
    faults.drawWith(() => undefined);
    const explain = () => JSON.stringify(controller.log.lines.slice(-10));
    await untilSettled(world, { wishes: traffic.wishes, limitMs: SETTLE_MS_MAX, explain });
    console.log(JSON.stringify({ traffic: traffic.tally, versions: history.length }));
    const breaches = await history.breaches();
    for (const breach of breaches.slice(0, 3)) {
      console.log([breach, ...history.storyOf(breach)].join("\n"));
    }
    assert.deepEqual(breaches, []);
  });
}
