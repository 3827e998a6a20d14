/** Images of containers without a registry: an archive of the Open Container Initiative. */

import { findProgram } from "../../../tools/programs.ts";
import { HERE, runIn } from "../network/network_namespace.ts";

/** An image with some programs of this host, and the libraries that they need. */
export interface ImageContents {
  /** Names of the image, such as `localhost/vm-dhcp:1`. */
  readonly names: readonly string[];
  /** Paths on this host by the paths in the image. */
  readonly programs: Readonly<Record<string, string>>;
  /** The command that a container without one runs. */
  readonly command: readonly string[];
}

/** What an archive is made of: media type, digest and size of a part. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = "application/vnd.oci.image";

/** Writes an archive with images. @param folder For what it is made of. */
export async function writeImageArchive(
  path: string,
  folder: string,
  images: readonly ImageContents[],
): Promise<void> {
  const blobs = `${folder}/layout/blobs/sha256`;
  await Deno.mkdir(blobs, { recursive: true });
  const manifests = [];
  for (const image of images) {
    const layer = await writeLayer(blobs, `${folder}/root`, image);
    const manifest = await writeManifest(blobs, layer, image);
    for (const name of image.names) {
      manifests.push({ ...manifest, annotations: { "io.containerd.image.name": name } });
    }
  }
  const layout = `${folder}/layout`;
  await Deno.writeTextFile(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  await Deno.writeTextFile(
    `${layout}/index.json`,
    JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }),
  );
  await runIn(HERE, "tar", "-C", layout, "-cf", path, ".");
  await Deno.remove(layout, { recursive: true });
}

/** Path of a program of this host. @throws {Error} when there is none. */
export async function requireProgram(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path === undefined) throw new Error(`${name} is missing`);
  return path;
}

async function writeLayer(
  blobs: string,
  root: string,
  { programs }: ImageContents,
): Promise<Descriptor> {
  for (const [target, source] of Object.entries(programs)) {
    await copy(source, `${root}${target}`);
    for (const library of await librariesOf(source)) await copy(library, `${root}${library}`);
  }
  await Deno.mkdir(`${root}/tmp`, { recursive: true });
  await runIn(HERE, "tar", "-C", root, "-cf", `${blobs}/layer`, ".");
  await Deno.remove(root, { recursive: true });
  const digest = (await runIn(HERE, "sha256sum", `${blobs}/layer`)).slice(0, 64);
  const { size } = await Deno.stat(`${blobs}/layer`);
  await Deno.rename(`${blobs}/layer`, `${blobs}/${digest}`);
  return { mediaType: `${OCI}.layer.v1.tar`, digest: `sha256:${digest}`, size };
}

async function writeManifest(
  blobs: string,
  layer: Descriptor,
  { command }: ImageContents,
): Promise<Descriptor> {
  const config = await writeJson(blobs, `${OCI}.config.v1+json`, {
    architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
    os: "linux",
    config: { Cmd: command, Env: ["PATH=/usr/bin"] },
    // An archive that is not compressed has one digest.
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const mediaType = `${OCI}.manifest.v1+json`;
  return await writeJson(blobs, mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers: [layer],
  });
}

async function writeJson(blobs: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeFile(`${blobs}/${hash}`, bytes);
  return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
}

/** The libraries that a program is linked with, and the loader that finds them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const text = await runIn(HERE, "ldd", program);
  return [...text.matchAll(/(?:^|\s)(\/\S+) \(0x/g)].map(([, path]) => path!);
}

async function copy(source: string, target: string): Promise<void> {
  await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(await Deno.realPath(source), target);
}
