/** The image of the Containerfile, built for all tests together. */

import { VERSION } from "../../../cmd/cli/build.ts";
import { findCommit } from "../../../tools/compile.ts";
import { cacheFolder } from "../../../tools/kubernetes/programs.ts";
import { PROJECT } from "../../../tools/steps.ts";
import { HERE, runIn } from "../network/network_namespace.ts";
import { ImageWorkshop } from "./image_workshop.ts";

/** An image in an archive that containerd imports. */
export interface BuiltImage {
  /** Path of the archive. */
  readonly archive: string;
  /** With its tag. */
  readonly name: string;
  /** What `./dev image` said. */
  readonly said: string;
}

const NAME = `vm-dhcp.test/vm-dhcp:${VERSION}`;

/** So many images stay in the cache, because other checkouts use it as well. */
const KEPT = 5;

/** What the image depends on, relative to the project. */
export const IMAGE_SOURCES: readonly string[] = [
  ...["Containerfile", ".containerignore", "dev", "main.ts", "deno.json", "deno.lock", "LICENSE"],
  ...["cmd", "crds", "lib", "tools", "tests/lint"],
];

/**
 * The image of these sources. It is built once for all test processes and kept for later runs: a
 * change of a source, a commit or another compiler makes it a new one. That needs root, buildah and
 * busybox.
 */
export async function builtImage(): Promise<BuiltImage> {
  const cache = `${cacheFolder()}/images`;
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${cache}/lock`, { create: true, write: true });
  await lock.lock(true);
  const folder = `${cache}/${await keyOf()}`;
  const image = { archive: `${folder}/image.tar`, name: NAME };
  const said = `${folder}/said.txt`;
  const isBuilt = await Deno.stat(said).then(() => true, () => false);
  if (!isBuilt) {
    await removeOldest(cache);
    await Deno.mkdir(folder, { recursive: true });
    await using workshop = await ImageWorkshop.open();
    const args = ["--tag", NAME, "--archive", image.archive];
    await Deno.writeTextFile(said, await workshop.build(args));
  }
  await Deno.utime(folder, new Date(), new Date());
  return { ...image, said: await Deno.readTextFile(said) };
}

/** Makes room for one more among those that were used last. */
async function removeOldest(cache: string): Promise<void> {
  const folders = [...Deno.readDirSync(cache)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `${cache}/${name}`)
    .map((path) => ({ path, usedMs: Deno.statSync(path).mtime?.getTime() ?? 0 }))
    .toSorted((a, b) => b.usedMs - a.usedMs);
  for (const { path } of folders.slice(KEPT - 1)) await Deno.remove(path, { recursive: true });
}

/** Changes with the sources, their commit, and the programs that build. */
async function keyOf(): Promise<string> {
  const sources = [...IMAGE_SOURCES, "tests/support/image"];
  const sums = await runIn(
    HERE,
    ...["sh", "-c", 'cd "$1" && shift && find "$@" -type f | sort | xargs sha256sum', "sh"],
    ...[PROJECT, ...sources],
  );
  const compiler = [Deno.env.get("DENO"), Deno.env.get("DENORT_BIN"), Deno.version.deno];
  const text = JSON.stringify([sums, await findCommit(), compiler]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex().slice(0, 16);
}
