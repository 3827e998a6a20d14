/** Standalone on a host whose clock is wrong, before a start or from some moment on. */

import assert from "node:assert/strict";
import { ShiftedClock } from "../../support/clocks/shifted_clock.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const DAY_SECONDS = 86_400;

/** Seconds between the right time and a date. */
function secondsUntil(date: string): number {
  return Math.round((Date.parse(date) - Date.now()) / 1000);
}

/** As on a host without a battery for its clock, and as after a mistake. */
const WRONG = [-60 * DAY_SECONDS, secondsUntil("1970-01-02"), secondsUntil("2100-01-01")];

/** Lists namespaces as a client that has the same clock: its year, and the status of the answer. */
const CLIENT = `
  const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(Deno.readTextFileSync(KUBECONFIG));
  const caCerts = [atob(cluster["certificate-authority-data"])];
  const client = Deno.createHttpClient({ caCerts, http2: false });
  const headers = { authorization: "Bearer " + user.token };
  const { status } = await fetch(cluster.server + "/api/v1/namespaces", { client, headers });
  console.log(new Date().getUTCFullYear(), status);
  Deno.exit();
`;

async function ask(env: Readonly<Record<string, string>>, kubeconfig: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", CLIENT.replace("KUBECONFIG", JSON.stringify(kubeconfig))],
    env: { ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

function yearIn(seconds: number): number {
  return new Date(Date.now() + seconds * 1000).getUTCFullYear();
}

await integrationTest({
  name: "standalone starts and serves its API with any clock, also on a folder of another one",
  needs: ["namespaces", "gcc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const clock = await ShiftedClock.create(network.folder);
    for (const seconds of [0, ...WRONG, 0]) {
      await clock.jumpTo(seconds);
      await using standalone = await network.standalone({ place: clock.place });
      const answer = await ask(clock.env, standalone.kubeconfigPath);
      assert.equal(answer, `${yearIn(seconds)} 200\n`);
      standalone.signal("SIGTERM");
      assert.equal((await standalone.ended()).code, 0);
    }
  },
});

await integrationTest({
  name: "standalone goes on when its clock jumps back and forth, and so do its clients",
  needs: ["namespaces", "gcc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const clock = await ShiftedClock.create(network.folder);
    const standalone = await network.standalone({ place: clock.place });
    for (const seconds of [...WRONG, -60 * DAY_SECONDS]) {
      await clock.jumpTo(seconds);
      assert.equal(await ask(clock.env, standalone.kubeconfigPath), `${yearIn(seconds)} 200\n`);
      await waitUntil(
        async () => await standalone.get("/readyz") === '{"ok":true}\n' || undefined,
        {
          what: `readiness with the clock ${seconds} s off`,
          explain: () => standalone.log.tail(),
        },
      );
    }
  },
});
