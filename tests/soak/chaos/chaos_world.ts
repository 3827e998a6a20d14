/** A standalone with sixty interfaces, an agent, and their clients on two bridges. */

import { stringify } from "yaml";
import { type KubeApi, openKubeApi } from "../../support/apiserver/kube_api.ts";
import { WireCapture } from "../../support/dhcp/wire_capture.ts";
import { WireNetwork } from "../../support/dhcp/wire_network.ts";
import type { WireClientName } from "../../support/dhcp/wire_client_programs.ts";
import { freePort } from "../../support/network/free_port.ts";
import { allocated } from "../../support/network/vm_network.ts";
import { type ChaosNetwork, createBridges, objectsOf } from "./chaos_networks.ts";
import type { Door } from "./crowd.ts";
import { renewAlways, type RenewingClient } from "./renewing_client.ts";
import { ShiftedClock } from "../../support/clocks/shifted_clock.ts";
import { TroubledProcess } from "./troubled_process.ts";

/** Far fewer than the connections that come. */
const DESCRIPTORS = 400;

const NET_A: ChaosNetwork = {
  name: "net-a",
  prefix: "10.60.0",
  macs: ["52:54:00:60:0a:01", "52:54:00:60:0a:02", "52:54:00:60:0a:03"],
};
const NET_B: ChaosNetwork = {
  name: "net-b",
  prefix: "10.60.1",
  macs: ["52:54:00:60:0b:01", "52:54:00:60:0b:02", "52:54:00:60:0b:03"],
};
/** Interfaces of standalone with a pool and without clients. */
const QUIET: readonly ChaosNetwork[] = Array.from({ length: 59 }, (_, index) => ({
  name: `quiet-${index}`,
  prefix: `10.61.${index}`,
  macs: [],
}));

/** A network with the bridge that its clients are on. */
interface Segment {
  readonly network: ChaosNetwork;
  readonly wire: WireNetwork;
  /** Its first two clients; a third one renews all the time. */
  readonly clients: readonly [WireClientName, WireClientName];
}

/** All of it; disposing ends it. */
export class ChaosWorld implements AsyncDisposable {
  readonly #captures: { readonly file: string; readonly run: WireCapture }[] = [];
  /** The third client of each network. */
  readonly #renewing: RenewingClient[] = [];

  private constructor(
    readonly standalone: TroubledProcess,
    readonly agent: TroubledProcess,
    readonly api: KubeApi,
    readonly clock: ShiftedClock,
    readonly segments: readonly Segment[],
    readonly cleanUp: AsyncDisposableStack,
  ) {}

  /** Starts the processes, and waits until they are ready. */
  static async start(): Promise<ChaosWorld> {
    await using stack = new AsyncDisposableStack();
    const [wireA, wireB] = [await WireNetwork.create(), await WireNetwork.create()];
    stack.use(wireA);
    stack.use(wireB);
    const { folder } = wireA;
    const quiet = stack.use(await createBridges(QUIET.length));
    const clock = await ShiftedClock.create(folder);
    const manifests = `${folder}/manifests.yaml`;
    const objects = [NET_A, NET_B, ...QUIET].flatMap(objectsOf);
    await Deno.writeTextFile(manifests, objects.map((each) => stringify(each)).join("---\n"));
    // As the documents set it: with an arena for each thread, the C library returns less of what is free.
    const common = { env: { ...clock.env, MALLOC_ARENA_MAX: "1" }, descriptors: DESCRIPTORS };
    const standalone = stack.use(
      new TroubledProcess({
        ...common,
        name: "standalone",
        httpPort: freePort(),
        args: [
          ...["standalone", "--debug", "--data-dir", TroubledProcess.disk],
          ...["--manifests", manifests, "--nic", `default/net-a=${wireA.bridge.name}`],
          ...QUIET.flatMap(({ name }, index) => ["--nic", `default/${name}=${quiet.names[index]}`]),
        ],
      }),
    );
    await standalone.ready();
    const kubeconfig = `${folder}/kubeconfig`;
    await Deno.copyFile(standalone.path("kubeconfig"), kubeconfig);
    const agent = stack.use(
      new TroubledProcess({
        ...common,
        name: "the agent",
        httpPort: freePort(),
        args: [
          ...["agent", "--debug", "--kubeconfig", kubeconfig, "--ippool", "default/net-b"],
          ...["--nic", wireB.bridge.name],
        ],
      }),
    );
    await agent.ready();
    const api = stack.use(await openKubeApi(kubeconfig));
    const segments: readonly Segment[] = [
      { network: NET_A, wire: wireA, clients: ["udhcpc", "systemd-networkd"] },
      { network: NET_B, wire: wireB, clients: ["dhclient", "dhcpcd"] },
    ];
    return new ChaosWorld(standalone, agent, api, clock, segments, stack.move());
  }

  get processes(): readonly [TroubledProcess, TroubledProcess] {
    return [this.standalone, this.agent];
  }

  /** The ports of the endpoints of both processes. */
  get doors(): readonly Door[] {
    return this.processes.map(({ httpPort }) => ({ port: httpPort }));
  }

  get apiDoor(): Door {
    const { server, certificateAuthority } = this.api;
    return { port: Number(new URL(server).port), certificateAuthority };
  }

  /** Records what passes on the bridges, and boots the clients until all have their addresses. */
  async bootClients(): Promise<void> {
    for (const { network, wire, clients } of this.segments) {
      const file = `${wire.folder}/capture`;
      const filter = "udp port 67 or udp port 68";
      this.#captures.push({
        file,
        run: await WireCapture.start(wire.bridge.name, { file, filter }),
      });
      for (const [index, name] of clients.entries()) {
        const machine = await wire.machine(name, network.macs[index]!);
        machine.boot();
        await machine.holds(await this.#addressOf(network, index));
      }
      // Asked for now: the API is disturbed, too, once the renewals begin.
      const address = await this.#addressOf(network, clients.length);
      this.#renewing.push({ bridge: wire.bridge, mac: network.macs[clients.length]!, address });
    }
  }

  /** Renews for the third client of each network until the signal. */
  async renewAlways(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#renewing.map((client) => renewAlways(client, signal)));
  }

  /** Ends the recording. @returns Its files. */
  async stopRecording(): Promise<readonly string[]> {
    for (const { run } of this.#captures) await run.stop();
    return this.#captures.map(({ file }) => file);
  }

  #addressOf({ name }: ChaosNetwork, index: number): Promise<string> {
    return allocated(this.api, `${name}-${index}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanUp.disposeAsync();
  }
}
