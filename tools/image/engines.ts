/** Programs that build images from a Containerfile. */

import { findProgram } from "../programs.ts";
import { PROJECT } from "../steps.ts";
import { type Architecture, HERE } from "../compile.ts";

/** In the order in which they are looked for. */
const ENGINES = ["buildah", "podman", "docker"] as const;

/** A program that builds images. */
export type Engine = typeof ENGINES[number];

/** The image of one architecture. */
export interface EngineBuild {
  readonly name: string;
  readonly arch: Architecture;
  /** The time of all that is made, in seconds. */
  readonly epoch: number;
  /** For the ARGs of the Containerfile. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Folder of the packages. */
  readonly prefetched: string;
  /** Folder for the result, in the layout of the Open Container Initiative. */
  readonly layout: string;
}

export async function findEngine(): Promise<Engine | undefined> {
  for (const name of ENGINES) if (await findProgram(name) !== undefined) return name;
  return undefined;
}

/** Builds the image of the Containerfile. @returns Whether it succeeded; the engine says why not. */
export async function buildWith(engine: Engine, build: EngineBuild): Promise<boolean> {
  for (const [program, ...args] of commandsOf(engine, build)) {
    const command = new Deno.Command(program!, { args, cwd: PROJECT, stdin: "null" });
    if (!(await command.spawn().status).success) return false;
  }
  return true;
}

function commandsOf(engine: Engine, build: EngineBuild): readonly (readonly string[])[] {
  const { name, arch, epoch, buildArgs, prefetched, layout } = build;
  const options = [
    ...["--file", "Containerfile", "--platform", `linux/${arch}`],
    ...Object.entries(buildArgs).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    ...["--build-context", `prefetched=${prefetched}`],
  ];
  if (engine === "docker") {
    const output = `type=oci,tar=false,dest=${layout},rewrite-timestamp=true`;
    const time = ["--build-arg", `SOURCE_DATE_EPOCH=${epoch}`];
    // A provenance has the times of its build.
    const reproducible = [...time, "--provenance=false", "--output", output];
    return [["docker", "buildx", "build", ...options, ...reproducible, "."]];
  }
  // Neither the label with the engine's version nor a layer for each step, as podman makes them.
  const reproducible = ["--timestamp", `${epoch}`, "--identity-label=false", "--layers=false"];
  // Some versions do not know it by themselves.
  const here = ["--build-arg", `BUILDPLATFORM=linux/${HERE}`];
  return [
    [engine, "build", ...options, ...here, ...reproducible, "--tag", name, "."],
    [engine, "push", "--quiet", name, `oci:${layout}:image`],
  ];
}
