/** Images in the layout of the Open Container Initiative, and archives of them. */

import { dirname } from "node:path";
import type { Architecture } from "../compile.ts";
import { run } from "./run.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";

/** What an image is made of: media type, digest and size of a part. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The image of one architecture in a folder of its own. */
export interface LayoutImage {
  readonly arch: Architecture;
  readonly folder: string;
}

/**
 * Joins the images of a name and writes their archive, which container engines, containerd and
 * registry clients read. Its bytes depend on nothing but the images.
 *
 * @returns The digest that names the image in a registry.
 */
export async function writeArchive(
  archive: string,
  name: string,
  images: readonly LayoutImage[],
): Promise<string> {
  // Beside them, so that blobs need no copy.
  const folder = await Deno.makeTempDir({ dir: dirname(images[0]!.folder) });
  const manifests = [];
  for (const { arch, folder: layout } of images) {
    manifests.push({ ...await manifestOf(layout), platform: { architecture: arch, os: "linux" } });
    // Images may share layers.
    await run("cp", "-r", "--link", "--force", `${layout}/blobs`, `${layout}/oci-layout`, folder);
  }
  const image = manifests.length === 1 ? manifests[0]! : await writeIndex(folder, manifests);
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name,
  };
  await Deno.writeTextFile(
    `${folder}/index.json`,
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ ...image, annotations }] }),
  );
  const fixed = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await run("tar", ...fixed, "--mode=u=rwX,go=rX", "-C", folder, "-cf", archive, ".");
  await Deno.remove(folder, { recursive: true });
  return image.digest;
}

/** Unpacks the layers of an image. @returns Octets of its files. */
export async function unpackImage({ folder }: LayoutImage, root: string): Promise<number> {
  await Deno.mkdir(root, { recursive: true });
  const { layers } = await readBlob(folder, await manifestOf(folder)) as {
    readonly layers: readonly Descriptor[];
  };
  for (const { digest } of layers) {
    await run("tar", "--no-same-owner", "-C", root, "-xf", pathOf(folder, digest));
  }
  return Number((await run("du", "-sb", root)).split("\t")[0]);
}

async function manifestOf(folder: string): Promise<Descriptor> {
  const { manifests } = JSON.parse(await Deno.readTextFile(`${folder}/index.json`)) as {
    readonly manifests: readonly Descriptor[];
  };
  const { mediaType, digest, size } = manifests[0]!;
  return { mediaType, digest, size };
}

async function writeIndex(
  folder: string,
  manifests: readonly Descriptor[],
): Promise<Descriptor> {
  const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const digest = `sha256:${hash}`;
  await Deno.writeFile(pathOf(folder, digest), bytes);
  return { mediaType: INDEX, digest, size: bytes.length };
}

async function readBlob(folder: string, { digest }: Descriptor): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(pathOf(folder, digest)));
}

function pathOf(folder: string, digest: string): string {
  return `${folder}/blobs/${digest.replace(":", "/")}`;
}
