/**
 * Everything around DHCP goes wrong at once: no descriptors, no disk, nobody who reads the log, a
 * clock that jumps, connections that say nothing and readers that read nothing, reloads, sixty
 * interfaces. Clients notice nothing.
 */

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { openKubeApi } from "../../support/apiserver/kube_api.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { soakSeconds } from "../../support/harness/soak.ts";
import { freePort } from "../../support/network/free_port.ts";
import { allocated } from "../../support/network/vm_network.ts";
import { WireCapture } from "../../support/dhcp/wire_capture.ts";
import { WireNetwork } from "../../support/dhcp/wire_network.ts";
import type { WireClientName } from "../../support/dhcp/wire_client_programs.ts";
import { type ChaosNetwork, createBridges, LEASE_SECONDS, objectsOf } from "./chaos_networks.ts";
import {
  churn,
  crowd,
  type Disturbance,
  exhaustDescriptors,
  fillDisk,
  jumpClock,
  readNothing,
  reload,
} from "./disturbances.ts";
import { readExchanges } from "./exchange_record.ts";
import { renewAlways } from "./renewing_client.ts";
import { ShiftedClock } from "./shifted_clock.ts";
import { TroubledProcess } from "./troubled_process.ts";

const SECONDS = soakSeconds(100, 1800);
/** What runs for the first time takes memory that it keeps. */
const WARM_UP_SECONDS = soakSeconds(20, 120);
const CALM_SECONDS_MAX = 40;
const RESIDENT_MB_GROWTH_MAX = 10;
/** Half of the lease, and what clients wait beyond it. */
const RENEWAL_SECONDS_MAX = LEASE_SECONDS * 0.75;
const DESCRIPTORS = 400;

const SERVED_BY_STANDALONE: ChaosNetwork = {
  name: "net-a",
  prefix: "10.60.0",
  macs: ["52:54:00:60:0a:01", "52:54:00:60:0a:02", "52:54:00:60:0a:03"],
};
const SERVED_BY_AGENT: ChaosNetwork = {
  name: "net-b",
  prefix: "10.60.1",
  macs: ["52:54:00:60:0b:01", "52:54:00:60:0b:02", "52:54:00:60:0b:03"],
};
/** Interfaces with a pool and without clients. */
const QUIET: readonly ChaosNetwork[] = Array.from({ length: 59 }, (_, index) => ({
  name: `quiet-${index}`,
  prefix: `10.61.${index}`,
  macs: [],
}));

const CLIENTS: Readonly<Record<WireClientName, readonly [ChaosNetwork, index: number]>> = {
  udhcpc: [SERVED_BY_STANDALONE, 0],
  "systemd-networkd": [SERVED_BY_STANDALONE, 1],
  dhclient: [SERVED_BY_AGENT, 0],
  dhcpcd: [SERVED_BY_AGENT, 1],
};

/** Lets all of it happen at once for a time. */
async function disturb(seconds: number, disturbances: readonly Disturbance[]): Promise<void> {
  const end = AbortSignal.timeout(seconds * 1000);
  await Promise.all(disturbances.map((each) => each(end)));
}

/** Waits until a process has given its memory back. @returns Resident MB at the end. */
async function calmDown(subject: TroubledProcess, goalMb: number): Promise<number> {
  const untilMs = performance.now() + CALM_SECONDS_MAX * 1000;
  let residentMb = await subject.residentMb();
  while (residentMb > goalMb && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    residentMb = await subject.residentMb();
  }
  return residentMb;
}

await integrationTest({
  name: `four clients renew while everything around DHCP goes wrong for ${SECONDS} seconds`,
  needs: [
    "namespaces",
    "real root",
    "executable",
    "gcc",
    "tshark",
    ...Object.keys(CLIENTS) as WireClientName[],
  ],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const networks = {
      standalone: cleanUp.use(await WireNetwork.create()),
      agent: cleanUp.use(await WireNetwork.create()),
    };
    const folder = networks.standalone.folder;
    const quiet = cleanUp.use(await createBridges(QUIET.length));
    const clock = await ShiftedClock.create(folder);
    const manifests = `${folder}/manifests.yaml`;
    const objects = [SERVED_BY_STANDALONE, SERVED_BY_AGENT, ...QUIET].flatMap(objectsOf);
    await Deno.writeTextFile(manifests, objects.map((each) => stringify(each)).join("---\n"));

    const standalonePort = freePort();
    const standalone = cleanUp.use(
      new TroubledProcess({
        name: "standalone",
        httpPort: standalonePort,
        env: clock.env,
        descriptors: DESCRIPTORS,
        args: [
          ...["standalone", "--debug", "--data-dir", TroubledProcess.disk],
          ...["--manifests", manifests],
          ...["--nic", `default/net-a=${networks.standalone.bridge.name}`],
          ...QUIET.flatMap(({ name }, index) => ["--nic", `default/${name}=${quiet.names[index]}`]),
        ],
      }),
    );
    await standalone.ready();
    const kubeconfig = `${folder}/kubeconfig`;
    await Deno.copyFile(standalone.path("kubeconfig"), kubeconfig);
    const api = cleanUp.use(await openKubeApi(kubeconfig));
    const agentPort = freePort();
    const agent = cleanUp.use(
      new TroubledProcess({
        name: "the agent",
        httpPort: agentPort,
        env: clock.env,
        descriptors: DESCRIPTORS,
        args: [
          ...["agent", "--debug", "--kubeconfig", kubeconfig, "--ippool", "default/net-b"],
          ...["--nic", networks.agent.bridge.name],
        ],
      }),
    );
    await agent.ready();

    const addressOf = ({ name }: ChaosNetwork, index: number) => allocated(api, `${name}-${index}`);
    const capture = async (of: keyof typeof networks) => {
      const file = `${networks[of].folder}/capture`;
      const filter = "udp port 67 or udp port 68";
      return { file, run: await WireCapture.start(networks[of].bridge.name, { file, filter }) };
    };
    const captures = [await capture("standalone"), await capture("agent")];
    for (const [name, [network, index]] of Object.entries(CLIENTS)) {
      const place = network === SERVED_BY_AGENT ? networks.agent : networks.standalone;
      const machine = await place.machine(name as WireClientName, network.macs[index]!);
      machine.boot();
      await machine.holds(await addressOf(network, index));
    }
    const stop = new AbortController();
    const renewals = Promise.all(
      ([[SERVED_BY_STANDALONE, networks.standalone], [SERVED_BY_AGENT, networks.agent]] as const)
        .map(async ([network, { bridge }]) =>
          await renewAlways(
            { bridge, mac: network.macs[2]!, address: await addressOf(network, 2) },
            stop.signal,
          )
        ),
    );

    const ports = [standalonePort, agentPort].map((port) => ({ port }));
    const { certificateAuthority } = api;
    const apiDoor = { port: Number(new URL(api.server).port), certificateAuthority };
    const pools = "/apis/network.harvesterhci.io/v1alpha1/ippools";
    const disturbances = [
      ...[standalone, agent].map(exhaustDescriptors),
      fillDisk(standalone),
      jumpClock(clock),
      reload(standalone),
      churn(api, "net-a"),
      ...[...ports, apiDoor].map(crowd),
      ...ports.flatMap((door) => [readNothing(door, "/leases"), readNothing(door, "/metrics")]),
      readNothing(apiDoor, pools, `Authorization: ${api.authorization}\r\n`),
      readNothing(apiDoor, `${pools}?watch=true`, `Authorization: ${api.authorization}\r\n`),
    ];
    await disturb(WARM_UP_SECONDS, disturbances);
    const before = await Promise.all(
      [standalone, agent].map((subject) => calmDown(subject, 0)),
    );
    await disturb(SECONDS, disturbances);
    const after = await Promise.all(
      [standalone, agent].map((subject, index) =>
        calmDown(subject, before[index]! + RESIDENT_MB_GROWTH_MAX)
      ),
    );
    await standalone.ready();
    await agent.ready();
    stop.abort();
    await renewals;
    for (const { run } of captures) await run.stop();
    for (const subject of [standalone, agent]) {
      const { code, signal, log } = await subject.end();
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, log.tail());
    }

    const records = (await Promise.all(captures.map(({ file }) => readExchanges(file)))).flat();
    const exchanges = records.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    console.log(
      `${exchanges} exchanges; resident MB before ${before.join(", ")}, after ${after.join(", ")}`,
    );
    for (const { mac, acknowledged, failures } of records) {
      assert.deepEqual(failures, [], mac);
      const least = Math.floor(SECONDS / RENEWAL_SECONDS_MAX);
      assert.ok(acknowledged > least, `${mac} had ${acknowledged} exchanges`);
    }
    assert.equal(records.length, 6);
    for (const [index, residentMb] of after.entries()) {
      const goal = before[index]! + RESIDENT_MB_GROWTH_MAX;
      assert.ok(residentMb <= goal, `${residentMb} MB resident, ${before[index]} before`);
    }
  },
});
