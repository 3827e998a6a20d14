/**
 * The program as a few files of JavaScript, which esbuild makes of its modules and packages. Loaded
 * from hundreds of modules, an agent takes more memory and starts later.
 */

import { builtinModules } from "node:module";
import process from "node:process";
import type { Metafile } from "esbuild";
import { isTestPackage } from "../tests/lint/layers.ts";
import { PROJECT } from "./steps.ts";

const OPTIONS = [
  "--bundle",
  "--format=esm",
  // What a command imports on demand stays in files of its own.
  "--splitting",
  // Not "node": packages would come as CommonJS, of which nothing that is unused can be left out.
  "--platform=neutral",
  "--main-fields=module,main",
  ...["node:*", ...builtinModules].map((name) => `--external:${name}`),
  // What there is only as CommonJS asks for modules of Node when it needs them.
  "--banner:js=const require = (name) => process.getBuiltinModule(name);",
  // Not those of a tsconfig.json that happens to lie above the project.
  "--tsconfig-raw={}",
  "--log-level=warning",
];

/** There is no bundle; the message is for somebody who wants to build the program. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/** What is bundled, and where everything is written. */
export interface BundleOptions {
  /** Relative to the project. */
  readonly entry: string;
  /** A folder for the packages and the bundle, which its owner removes. */
  readonly work: string;
  /** For `vm-dhcp version`. */
  readonly commit?: string | undefined;
  /** For Deno, such as another DENO_DIR. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A package of a lock file. */
export interface LockedPackage {
  /** Algorithm and Base64, as `sha512-...`. */
  readonly integrity: string;
  /** Names, with versions where there are several. */
  readonly dependencies?: readonly string[];
}

/**
 * Bundles an entry and what it imports into `bundle/` of the work folder.
 *
 * @returns What esbuild tells of the files; paths are relative to the project.
 * @throws {BundleError}
 */
export async function bundle({ entry, work, commit, env }: BundleOptions): Promise<Metafile> {
  const esbuild = await installPackages(work, env);
  const metafile = `${work}/metafile.json`;
  const bundled = await succeeds(esbuild, {
    args: [
      ...[entry, ...OPTIONS, `--outdir=${work}/bundle`, `--metafile=${metafile}`],
      ...commit === undefined ? [] : [`--define:BUILD_COMMIT=${JSON.stringify(commit)}`],
    ],
    cwd: PROJECT,
    env: { NODE_PATH: `${work}/node_modules` },
  });
  if (!bundled) throw new BundleError("esbuild cannot bundle the program");
  return JSON.parse(await Deno.readTextFile(metafile));
}

/**
 * Installs the packages of the program and esbuild in the versions of the lock file.
 *
 * @param env For Deno, such as another DENO_DIR.
 * @returns The path of esbuild's executable, which is a package for each platform.
 * @throws {BundleError}
 */
export async function installPackages(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { imports }: { imports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(`${PROJECT}/deno.json`),
  );
  const esbuild = `@esbuild/${process.platform}-${process.arch}`;
  const config = {
    imports: {
      ...Object.fromEntries(Object.entries(imports).filter(([name]) => !isTestPackage(name))),
      [esbuild]: imports["esbuild"]!.replace("npm:esbuild@", `npm:${esbuild}@`),
    },
    nodeModulesDir: "auto",
  };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.copyFile(`${PROJECT}/deno.lock`, `${folder}/deno.lock`);
  // The lock file loses what is left out.
  const args = ["install", "--quiet", "--frozen=false"];
  if (!await succeeds(Deno.execPath(), { args, cwd: folder, env: { ...env } })) {
    throw new BundleError(`cannot get ${esbuild} or the program's packages from npm's registry`);
  }
  await requireLocked(`${folder}/deno.lock`);
  return `${folder}/node_modules/${esbuild}/bin/esbuild`;
}

/** @throws {BundleError} when a package is not the one of the project's lock file. */
async function requireLocked(lock: string): Promise<void> {
  const locked = await readLock(`${PROJECT}/deno.lock`);
  for (const [name, { integrity }] of Object.entries(await readLock(lock))) {
    if (locked[name]?.integrity === integrity) continue;
    throw new BundleError(`deno.lock does not have the package ${name}: run deno install`);
  }
}

/** The packages of a lock file. */
export async function readLock(path: string): Promise<Readonly<Record<string, LockedPackage>>> {
  return JSON.parse(await Deno.readTextFile(path)).npm;
}

/** Runs a program, which says on stderr what it does not like. */
async function succeeds(program: string, options: Deno.CommandOptions): Promise<boolean> {
  const streams = { stdin: "null", stdout: "null", stderr: "inherit" } as const;
  return (await new Deno.Command(program, { ...options, ...streams }).output()).success;
}
