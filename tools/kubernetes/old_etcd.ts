/**
 * An etcd before 3.5, as Debian packages it. An API server over it cannot stream lists
 * (`sendInitialEvents`), which clients have to cope with.
 */

import { isExecutable } from "../programs.ts";
import { cacheFolder } from "./programs.ts";

const PACKAGE = "etcd-server";

function path(): string {
  return `${cacheFolder()}/${PACKAGE}/usr/bin/etcd`;
}

/** Path of the program if it is in the cache. */
export async function findOldEtcd(): Promise<string | undefined> {
  return await isExecutable(path()) ? path() : undefined;
}

/**
 * Takes the program out of its package, which is not installed: that would start a service.
 *
 * @throws {Error} when there is no such package.
 */
export async function fetchOldEtcd(): Promise<string> {
  const found = await findOldEtcd();
  if (found !== undefined) return found;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheFolder() });
  try {
    await run(work, "apt-get", "--quiet=2", "download", PACKAGE);
    const archives = [...Deno.readDirSync(work)].map(({ name }) => name);
    await run(work, "dpkg-deb", "--extract", archives[0]!, "unpacked");
    // Renamed when complete, because another run may look for it or fetch it as well.
    await Deno.remove(`${cacheFolder()}/${PACKAGE}`, { recursive: true }).catch(() => {});
    await Deno.rename(`${work}/unpacked`, `${cacheFolder()}/${PACKAGE}`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return path();
}

async function run(cwd: string, program: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`needs Debian's package ${PACKAGE}: ${new TextDecoder().decode(stderr)}`);
}
