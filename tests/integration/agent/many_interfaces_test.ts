/** Standalone on many interfaces: one waits no longer than another. */

import assert from "node:assert/strict";
import { median } from "../../bench/packets/statistics.ts";
import { clientFrame, MX } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { DiscoverClient, ManyInterfaces } from "../../support/network/many_interfaces.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const INTERFACES = 60;
const OFFERS = 30;
/** With a thread for each interface the last waited thousands of times as long as the first. */
const RATIO_MAX = 10;
const OFFER_MS_MAX = 2000;
const FLOOD_FRAMES = 2000;

async function threadsOf(standalone: StandaloneProcess): Promise<number> {
  const tasks = await Array.fromAsync(Deno.readDir(`/proc/${standalone.pid}/task`));
  return tasks.length;
}

/** Milliseconds until each of some OFFERs. */
async function offersMs(client: DiscoverClient): Promise<readonly number[]> {
  const all: number[] = [];
  for (let offer = 0; offer < OFFERS; offer++) {
    all.push(await client.offerMs(OFFER_MS_MAX) ?? assert.fail("no OFFER came"));
  }
  return all;
}

function start(many: ManyInterfaces, count: number): Promise<StandaloneProcess> {
  return StandaloneProcess.start({
    dataDir: `${many.folder}/data-${count}`,
    nics: many.interfaces.slice(0, count).map(({ nic }) => nic),
    args: ["--manifests", many.manifests],
  });
}

await integrationTest({
  name: "standalone serves 60 interfaces as fast as one, one thread for all, though one is flooded",
  needs: ["namespaces"],
  run: async () => {
    await using many = await ManyInterfaces.create(INTERFACES);
    const few = await start(many, 1);
    const threadsForOne = await threadsOf(few);
    await few[Symbol.asyncDispose]();

    await using standalone = await start(many, INTERFACES);
    for (const served of many.interfaces) {
      using client = new DiscoverClient(served);
      await waitUntil(() => client.offerMs(500), { what: `an OFFER on ${served.nic}` });
    }
    // The runtime's own threads come and go: eight make the rings, four look names up.
    const threads = await threadsOf(standalone);
    assert.ok(threads < threadsForOne + INTERFACES / 3, `${threads} for ${threadsForOne}`);

    using first = new DiscoverClient(many.interfaces[0]!);
    using last = new DiscoverClient(many.interfaces.at(-1)!);
    const [firstMs, lastMs] = [median(await offersMs(first)), median(await offersMs(last))];
    assert.ok(lastMs <= RATIO_MAX * firstMs, `${lastMs} ms for the last, ${firstMs} for the first`);

    using flooder = new RawLink(many.interfaces[0]!.peerName);
    const foreign = clientFrame({ mac: MX });
    for (let round = 0; round < OFFERS; round++) {
      for (let frame = 0; frame < FLOOD_FRAMES; frame++) flooder.send(foreign);
      assert.ok(await last.offerMs(OFFER_MS_MAX), "the flooded interface starves the last one");
    }
  },
});
