import assert from "node:assert/strict";
import { basename } from "node:path";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { HERE, runIn } from "../support/network/network_namespace.ts";
import { claimMachine, markedGroups, removeLeftovers } from "../support/nodes/leftovers.ts";
import { LineLog } from "../support/process/line_log.ts";

const PROGRAM = new URL("killed_cluster.ts", import.meta.url).pathname;

/** Processes that have a folder in their command. */
function processesWith(folder: string): readonly string[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(
    ({ name }) => {
      try {
        const command = Deno.readTextFileSync(`/proc/${name}/cmdline`);
        return command.includes(folder) ? [`${name} ${command}`] : [];
      } catch {
        return []; // It has just ended.
      }
    },
  );
}

/** What bears the name of a cluster's folder on this host. */
async function leftOf(folder: string): Promise<Readonly<Record<string, boolean>>> {
  const links = await runIn(HERE, "ip", "link", "show");
  return {
    groups: markedGroups().some((group) => basename(group) === basename(folder)),
    interfaces: links.includes(basename(folder)),
    folder: await Deno.stat(folder).then(() => true, () => false),
  };
}

await integrationTest({
  name: "nothing is left of a cluster whose test was killed",
  needs: ["nodes", "kube", "executable", "namespaces", "real root"],
  run: async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--quiet", "--no-check", PROGRAM],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const log = new LineLog();
    log.follow(child.stdout);
    const folder = await waitUntil(() => /^ready (.+)$/.exec(log.lines[0] ?? "")?.[1], {
      what: "the cluster",
      // Another test may have the machine.
      limitMs: 600_000,
    });
    child.kill("SIGKILL");
    await child.status;
    await log.ended();
    await waitUntil(() => processesWith(folder).length === 0 || undefined, {
      what: "the end of all its processes",
      explain: () => processesWith(folder).join("\n"),
    });
    assert.deepEqual(await leftOf(folder), { groups: true, interfaces: true, folder: true });

    using _claim = await claimMachine();
    await removeLeftovers();
    assert.deepEqual(await leftOf(folder), { groups: false, interfaces: false, folder: false });
  },
});
