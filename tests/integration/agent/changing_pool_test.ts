/** An agent of a large pool that changes without a pause: packets are answered between its turns. */

import assert from "node:assert/strict";
import type { MacAddress } from "../../../lib/net/mac_address.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { DiscoverClient } from "../../support/network/many_interfaces.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { withCommand } from "../../support/process/cluster_command.ts";
import { FIRST_MAC } from "./restless_server.ts";

const OFFERS = 150;
/** Where few versions come meanwhile. */
const OFFERS_MAX = 10 * OFFERS;
const VERSIONS_MIN = 6;
const OFFER_MS_MAX = 5000;

/**
 * Of the time from one version to the next, which has as much rest as work. A version was read in one turn
 * once, and nine of ten answers took up to 0.6 of it; in turns, 0.25.
 */
const SHARE_MAX = 0.45;

/** What else the machine does may make a round worse, and none better. */
const ROUNDS_MAX = 3;

/** The server, on a thread of its own: what it has to do must not be measured. */
class RestlessServer implements Disposable {
  readonly #worker = new Worker(new URL("./restless_server.ts", import.meta.url), {
    type: "module",
  });
  readonly url: Promise<string>;

  constructor() {
    this.url = new Promise((resolve) => {
      this.#worker.onmessage = ({ data }) => resolve(`http://127.0.0.1:${data}`);
    });
  }

  /** Begins to change the pool. */
  change(): void {
    this.#worker.postMessage("change");
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** @returns The time in which nine of ten offers came. */
async function offersMs(client: DiscoverClient, isEnough = () => true): Promise<number> {
  const timesMs: number[] = [];
  for (let offer = 0; offer < OFFERS || offer < OFFERS_MAX && !isEnough(); offer++) {
    timesMs.push(await client.offerMs(OFFER_MS_MAX) ?? assert.fail("no OFFER came"));
    // Not in step with the agent's turns.
    await new Promise((resolve) => setTimeout(resolve, 1 + offer % 7));
  }
  return timesMs.toSorted((a, b) => a - b)[Math.floor(timesMs.length * 0.9)]!;
}

await integrationTest({
  name: "an agent answers between the turns in which it reads ever new versions of a large pool",
  needs: ["namespaces", "executable"],
  run: async () => {
    using server = new RestlessServer();
    await using pair = await createVethPair();
    using client = new DiscoverClient({ peerName: pair.peerName, mac: FIRST_MAC as MacAddress });
    await withCommand({
      args: [
        ...["agent", "--kubeconfig", "FOLDER/kubeconfig"],
        ...["--ippool", "default/net-48", "--nic", pair.name],
      ],
      server: await server.url,
    }, async ({ log }) => {
      const explain = () => log.tail();
      const version = () => Number(log.entries("lease table replaced").at(-1)?.["resourceVersion"]);
      await waitUntil(() => client.offerMs(500), { what: "an OFFER", explain });
      const restMs = await offersMs(client);
      server.change();
      await waitUntil(() => version() > 100_003 || undefined, {
        what: "the changes to be followed",
        explain,
      });
      const figures: string[] = [];
      const isBetweenTurns = async () => {
        const [startMs, from] = [performance.now(), version()];
        const changingMs = await offersMs(client, () => version() - from >= VERSIONS_MIN);
        const served = version() - from;
        assert.ok(served >= VERSIONS_MIN, `${served} versions were served meanwhile`);
        const versionMs = (performance.now() - startMs) / served;
        const [each, during] = [versionMs, changingMs].map((ms) => ms.toFixed(1));
        figures.push(`nine of ten offers within ${during} ms with a version each ${each} ms`);
        return changingMs - restMs < SHARE_MAX * versionMs;
      };
      for (let round = 1; !await isBetweenTurns(); round++) {
        const said = [`within ${restMs.toFixed(1)} ms before`, ...figures].join(", then ");
        assert.ok(round < ROUNDS_MAX, said);
      }
    });
  },
});
