/** Standalone on a host whose clock is wrong, before a start or from some moment on. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { HERE } from "../../support/network/network_namespace.ts";
import { VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** Clocks that are relative to the right one, in days. */
const DAYS: Readonly<Record<string, number>> = { "+0": 0, "-60d": -60 };
const WRONG = ["-60d", "@1970-01-02 00:00:00", "@2100-01-01 00:00:00"];

/** Words before a command whose clock says what the file says, now and later. */
async function clockOf(file: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("faketime", {
    args: ["-m", "-f", "+0", "printenv", "LD_PRELOAD"],
  }).output();
  const library = new TextDecoder().decode(stdout).trim();
  return [
    ...["env", `LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${file}`],
    ...["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"],
  ];
}

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

async function ask(clock: readonly string[], kubeconfig: string): Promise<string> {
  const [program, ...args] = [...clock, Deno.execPath()];
  const { stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, "eval", CLIENT.replace("KUBECONFIG", JSON.stringify(kubeconfig))],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

function yearOf(clock: string): number {
  return clock.startsWith("@")
    ? Number(clock.slice(1, 5))
    : new Date(Date.now() + DAYS[clock]! * 86_400_000).getUTCFullYear();
}

await integrationTest({
  name: "standalone starts and serves its API with any clock, also on a folder of another one",
  needs: ["namespaces", "faketime"],
  run: async () => {
    await using network = await VmNetwork.create();
    const file = `${network.folder}/clock`;
    const enter = await clockOf(file);
    for (const clock of ["+0", ...WRONG, "+0"]) {
      await Deno.writeTextFile(file, clock);
      await using standalone = await network.standalone({ place: { ...HERE, enter } });
      const answer = await ask(enter, standalone.kubeconfigPath);
      assert.equal(answer, `${yearOf(clock)} 200\n`);
      standalone.signal("SIGTERM");
      assert.equal((await standalone.ended()).code, 0);
    }
  },
});

await integrationTest({
  name: "standalone goes on when its clock jumps back and forth, and so do its clients",
  needs: ["namespaces", "faketime"],
  run: async () => {
    await using network = await VmNetwork.create();
    const file = `${network.folder}/clock`;
    const enter = await clockOf(file);
    await Deno.writeTextFile(file, "+0");
    const standalone = await network.standalone({ place: { ...HERE, enter } });
    for (const clock of [...WRONG, "-60d"]) {
      await Deno.writeTextFile(file, clock);
      assert.equal(await ask(enter, standalone.kubeconfigPath), `${yearOf(clock)} 200\n`);
      await waitUntil(
        async () => await standalone.get("/readyz") === '{"ok":true}\n' || undefined,
        {
          what: `readiness at ${clock}`,
          explain: () => standalone.log.tail(),
        },
      );
    }
  },
});
