/**
 * Programs that are taken out of their Debian packages, which are not installed: that would start a
 * service, and put it into every start of the machine.
 */

import { cacheFolder } from "./kubernetes/programs.ts";
import { isExecutable } from "./programs.ts";

/** Where each of these programs is in which package. */
const UNPACKED = {
  /**
   * An etcd before 3.5. An API server over it cannot stream lists (`sendInitialEvents`), which clients
   * have to cope with.
   */
  "old etcd": { debianPackage: "etcd-server", path: "usr/bin/etcd" },
  prometheus: { debianPackage: "prometheus", path: "usr/bin/prometheus" },
  promtool: { debianPackage: "prometheus", path: "usr/bin/promtool" },
} as const;

/** Name of such a program. */
export type UnpackedName = keyof typeof UNPACKED;

function pathOf(name: UnpackedName): string {
  const { debianPackage, path } = UNPACKED[name];
  return `${cacheFolder()}/${debianPackage}/${path}`;
}

/** True for the name of such a program. */
export function isUnpacked(name: string): name is UnpackedName {
  return Object.hasOwn(UNPACKED, name);
}

/** Path of the program if it is in the cache. */
export async function findUnpacked(name: UnpackedName): Promise<string | undefined> {
  return await isExecutable(pathOf(name)) ? pathOf(name) : undefined;
}

/**
 * Takes the program out of its package unless it is there. @returns Its path.
 *
 * @throws {Error} when there is no such package.
 */
export async function unpack(name: UnpackedName): Promise<string> {
  const found = await findUnpacked(name);
  if (found !== undefined) return found;
  const { debianPackage } = UNPACKED[name];
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheFolder() });
  try {
    await run(work, "apt-get", "--quiet=2", "download", debianPackage);
    const archives = [...Deno.readDirSync(work)].map(({ name }) => name);
    await run(work, "dpkg-deb", "--extract", archives[0]!, "unpacked");
    // Renamed when complete, because another run may look for it or fetch it as well.
    const folder = `${cacheFolder()}/${debianPackage}`;
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.rename(`${work}/unpacked`, folder);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return pathOf(name);
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
  throw new Error(`${program} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}
