/** A place where `./dev image` works without a registry and without a network. */

import { HERE as ARCHITECTURE } from "../../../tools/compile.ts";
import { prefetch } from "../../../tools/image/prefetch.ts";
import { cacheFolder } from "../../../tools/kubernetes/programs.ts";
import { PROJECT } from "../../../tools/steps.ts";
import { HERE, runIn } from "../network/network_namespace.ts";
import { BASES, compilerOfBuild, makeBaseImages } from "./base_images.ts";

/** Longer than any test. */
const LIFE_MS_MAX = 3_600_000;

/** Images and containers of buildah, in a folder; disposing removes them. */
export class ImageWorkshop implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Makes the base images. */
  static async open(): Promise<ImageWorkshop> {
    await prefetch([ARCHITECTURE]);
    // Not in /tmp, which is memory on some hosts.
    const workshops = `${cacheFolder()}/image-workshops`;
    await Deno.mkdir(workshops, { recursive: true });
    await removeAbandoned(workshops);
    const folder = await Deno.makeTempDir({ dir: workshops });
    const storage = `${folder}/storage.conf`;
    await Deno.writeTextFile(
      storage,
      `[storage]\ndriver = ""\nrunroot = "${folder}/run"\ngraphroot = "${folder}/storage"\n`,
    );
    const containers = `${folder}/containers.conf`;
    const programs = Object.entries(compilerOfBuild().programs);
    const volumes = programs.map(([path, source]) => `${source}:${path}:ro`);
    await Deno.writeTextFile(containers, `[containers]\nvolumes = ${JSON.stringify(volumes)}\n`);
    const workshop = new ImageWorkshop(folder, {
      CONTAINERS_STORAGE_CONF: storage,
      CONTAINERS_CONF: containers,
      // Steps of a build run in a folder, which needs nothing of the host.
      BUILDAH_ISOLATION: "chroot",
    });
    try {
      await makeBaseImages(folder, (...command) => workshop.#run(...command));
    } catch (error) {
      await workshop[Symbol.asyncDispose]();
      throw error;
    }
    return workshop;
  }

  /** Runs `./dev image`. @returns What it says. */
  async build(
    args: readonly string[],
    { project = PROJECT, env = {} }: {
      readonly project?: string;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const deno = [Deno.execPath(), "run", "--allow-all", "--config", `${project}/deno.json`];
    const bases = ["--build-image", BASES.build, "--runtime-image", BASES.runtime];
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const tool = [...deno, `${project}/tools/image/image.ts`, ...bases, ...args];
    return await this.#run("env", ...variables, ...tool);
  }

  async #run(...command: readonly string[]): Promise<string> {
    const variables = Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
    // What it mounts goes with it.
    const alone = ["unshare", "--net", "--mount", "env", ...variables];
    return await runIn(HERE, ...alone, ...command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Removes what tests left behind that were killed. */
async function removeAbandoned(workshops: string): Promise<void> {
  for await (const { name } of Deno.readDir(workshops)) {
    const { birthtime } = await Deno.stat(`${workshops}/${name}`).catch(() => ({
      birthtime: null,
    }));
    if (birthtime === null || Date.now() - birthtime.getTime() < LIFE_MS_MAX) continue;
    await Deno.remove(`${workshops}/${name}`, { recursive: true });
  }
}
