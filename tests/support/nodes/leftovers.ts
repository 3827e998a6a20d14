/**
 * What a cluster leaves behind when its test is killed: its processes die with the test, but its
 * folder, its control groups and its bridge stay. All of them bear the name of the folder.
 */

import { basename } from "node:path";
import { deleteInterface, HERE, runIn } from "../network/network_namespace.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** Every folder of a cluster is named so. */
const MARK = "vm-dhcp-nodes-";

const CONTROL_GROUPS = "/sys/fs/cgroup";

/** Waits until no other test on this machine has a cluster with nodes; disposing ends the claim. */
export async function claimMachine(): Promise<Disposable> {
  const path = `${temporaryFolder()}/vm-dhcp-nodes.lock`;
  const file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  // The kernel ends it with the process.
  await file.lock(true);
  return file;
}

/** Removes what is left of clusters whose tests have been killed; the machine has to be claimed. */
export async function removeLeftovers(): Promise<void> {
  const names = [...Deno.readDirSync(temporaryFolder())].map(({ name }) => name)
    .filter((name) => name.startsWith(MARK));
  for (const name of new Set([...names, ...markedGroups().map((path) => basename(path))])) {
    await removeMarked(name);
  }
}

/** Removes all that bears the name of a folder, and the folder. */
export async function removeMarked(name: string): Promise<void> {
  for (const group of markedGroups().filter((path) => basename(path) === name)) {
    await removeGroup(group);
  }
  const links: readonly { readonly ifname: string; readonly ifalias?: string }[] = JSON.parse(
    await runIn(HERE, "ip", "-json", "link", "show"),
  );
  for (const { ifname, ifalias } of links) {
    if (ifalias === name) await deleteInterface(HERE, ifname);
  }
  const folder = `${temporaryFolder()}/${name}`;
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Gives an interface of this namespace the name of a folder. */
export async function markInterface(name: string, folder: string): Promise<void> {
  await runIn(HERE, "ip", "link", "set", name, "alias", basename(folder));
}

/** Makes the folder of a cluster. */
export function makeMarkedFolder(): Promise<string> {
  return Deno.makeTempDir({ dir: temporaryFolder(), prefix: MARK });
}

function temporaryFolder(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

/** The control groups of clusters, in all hierarchies. */
export function markedGroups(): readonly string[] {
  const hierarchies = [...Deno.readDirSync(CONTROL_GROUPS)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `${CONTROL_GROUPS}/${name}`);
  return hierarchies.flatMap((hierarchy) =>
    [...Deno.readDirSync(hierarchy)].filter(({ name }) => name.startsWith(MARK))
      .map(({ name }) => `${hierarchy}/${name}`)
  );
}

/** Removes a control group and those below it, as soon as their last processes have ended. */
async function removeGroup(path: string): Promise<void> {
  for (const { name, isDirectory } of [...Deno.readDirSync(path)]) {
    if (isDirectory) await removeGroup(`${path}/${name}`);
  }
  await waitUntil(() => removedIfEmpty(path) || undefined, {
    what: `the end of the processes in ${path}`,
    explain: () => Deno.readTextFile(`${path}/cgroup.procs`),
  });
}

/** The files of a control group are not removed, only the folder. */
function removedIfEmpty(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch {
    return false; // Busy: the kernel still ends its processes.
  }
}
