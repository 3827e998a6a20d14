/** What the build of an image would download: the packages, and the runtime bases of the executable. */

import type { Architecture } from "../compile.ts";
import { TARGETS } from "../compile.ts";
import { installPackages } from "../bundle.ts";
import { cacheFolder } from "../kubernetes/programs.ts";

/**
 * Gets it on this machine, whose way to the registry may need a proxy or certificates.
 *
 * @returns The folder, a DENO_DIR, which the next build uses again.
 * @throws {BundleError}
 */
export async function prefetch(architectures: readonly Architecture[]): Promise<string> {
  const folder = `${cacheFolder()}/image-packages`;
  const env = { DENO_DIR: folder };
  const work = await Deno.makeTempDir();
  try {
    await installPackages(work, env);
    // Otherwise the build image has one.
    if (!Deno.env.has("DENORT_BIN")) {
      await Deno.writeTextFile(`${work}/empty.js`, "");
      for (const arch of architectures) await fetchRuntime(work, TARGETS[arch], env);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return folder;
}

/** Lets Deno download its runtime base. The build itself says what is wrong when it cannot. */
async function fetchRuntime(
  cwd: string,
  target: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ["compile", "--no-config", "--target", target, "--output", "empty", "empty.js"];
  const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
  await new Deno.Command(Deno.execPath(), { args, cwd, env: { ...env }, ...quiet }).output();
}
