/** Builds the image for each architecture, and one archive of them. */

import { VERSION } from "../../cmd/cli/build.ts";
import { type Architecture, findCommit } from "../compile.ts";
import { buildWith, findEngine } from "./engines.ts";
import { type LayoutImage, writeArchive } from "./oci_layout.ts";
import { prefetch } from "./prefetch.ts";
import { run } from "./run.ts";

/** What to build. */
export interface ImageOptions {
  /** With its tag. */
  readonly name: string;
  /** Where the archive goes. */
  readonly archive: string;
  readonly architectures: readonly Architecture[];
  /** For the ARGs of the Containerfile that name images. */
  readonly bases: Readonly<Record<string, string>>;
}

/** An image that was built. */
export interface BuiltImage {
  readonly images: readonly LayoutImage[];
  /** Names it in a registry. */
  readonly digest: string;
  /** When the sources were committed, in seconds. */
  readonly epoch: number;
  /** Folder of the packages. */
  readonly prefetched: string;
}

/** There is no image; the message is for somebody who wants to build one. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}

/**
 * Builds the image.
 *
 * @param work A folder for what it is made of, which its owner removes.
 * @throws {ImageError}
 * @throws {BundleError}
 */
export async function buildImage(options: ImageOptions, work: string): Promise<BuiltImage> {
  const { name, architectures } = options;
  const engine = await findEngine();
  if (engine === undefined) throw new ImageError("needs buildah, podman or docker");
  const prefetched = await prefetch(architectures);
  const epoch = await sourceEpoch();
  const buildArgs = {
    VERSION,
    REVISION: await findCommit() ?? "",
    CREATED: new Date(epoch * 1000).toISOString(),
    ...options.bases,
  };
  const images = architectures.map((arch) => ({ arch, folder: `${work}/${arch}` }));
  for (const { arch, folder: layout } of images) {
    const built = await buildWith(engine, { name, arch, epoch, buildArgs, prefetched, layout });
    if (!built) throw new ImageError(`${engine} cannot build the image for ${arch}`);
  }
  const digest = await writeArchive(options.archive, name, images);
  return { images, digest, epoch, prefetched };
}

/**
 * The time of the sources, so that a later build gives the same image
 * (https://reproducible-builds.org/specs/source-date-epoch/).
 */
async function sourceEpoch(): Promise<number> {
  const told = Deno.env.get("SOURCE_DATE_EPOCH") ?? "";
  return Number(told === "" ? await run("git", "log", "-1", "--format=%ct") : told);
}
