/** The image of the Containerfile, and what its archive holds. */

import { HERE as ARCHITECTURE } from "../../tools/compile.ts";
import { unpackImage } from "../../tools/image/oci_layout.ts";
import { builtImage } from "../support/image/built_image.ts";
import type { Need } from "../support/harness/integration_test.ts";
import { HERE, runIn } from "../support/network/network_namespace.ts";

/** What it takes to build the image. */
export const IMAGE_NEEDS: readonly Need[] = [
  "real root",
  ...["buildah", "busybox", "dpkg-query"] as const,
];

/** The configuration of an image, as the Open Container Initiative specifies it. */
interface ImageConfig {
  readonly created: string;
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

/** An image that was unpacked; disposing removes it. */
export class UnpackedImage implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    /** Folder of its files. */
    readonly root: string,
    readonly config: ImageConfig,
  ) {}

  static async open(): Promise<UnpackedImage> {
    const { archive } = await builtImage();
    const folder = await Deno.makeTempDir();
    await runIn(HERE, "tar", "-C", folder, "-xf", archive);
    const root = `${folder}/root`;
    await unpackImage({ arch: ARCHITECTURE, folder }, root);
    const { manifests: [{ digest }] } = await readJson(`${folder}/index.json`) as {
      readonly manifests: readonly [{ readonly digest: string }];
    };
    const blob = (name: string) => readJson(`${folder}/blobs/${name.replace(":", "/")}`);
    const { config } = await blob(digest) as { readonly config: { readonly digest: string } };
    return new UnpackedImage(folder, root, await blob(config.digest) as ImageConfig);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(path));
}
