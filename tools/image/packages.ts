/** The npm packages whose code is in the executable. */

import type { Metafile } from "esbuild";
import { bundle, type LockedPackage, readLock } from "../bundle.ts";
import { PROJECT } from "../steps.ts";

/** A package, as it says itself and as it is locked. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX licence expression. */
  readonly license: string;
  readonly homepage?: string;
  /** Its SHA-512 in hexadecimal digits. */
  readonly sha512: string;
  /** `NAME@VERSION` of those that it needs and that are in the executable as well. */
  readonly dependencies: readonly string[];
}

/** The innermost package of a path, which is its folder and its name. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;

/** Files with a licence, or with what it asks to be repeated. */
const NOTICE = /^(licen[cs]e|copying|notice)/i;

/**
 * Bundles the program and tells which packages are in it, by name.
 *
 * @param work A folder for the bundle, which its owner removes.
 * @param env For Deno, such as another DENO_DIR.
 * @throws {BundleError}
 */
export async function bundledPackages(
  work: string,
  env?: Readonly<Record<string, string>>,
): Promise<readonly BundledPackage[]> {
  const metafile = await bundle({ entry: "main.ts", work, ...(env === undefined ? {} : { env }) });
  const lock = await readLock(`${PROJECT}/deno.lock`);
  const packages = [];
  for (const folder of foldersOf(metafile)) {
    const manifest = JSON.parse(await Deno.readTextFile(`${PROJECT}/${folder}/package.json`));
    packages.push(describe(manifest, lock));
  }
  const names = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  return packages.map((each) => ({
    ...each,
    dependencies: each.dependencies.filter((name) => names.has(name)),
  })).toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** The licences of bundled packages, whose condition is that they come with the program. */
export async function noticesOf(metafile: Metafile): Promise<string> {
  const notices = [];
  for (const folder of [...foldersOf(metafile)].toSorted()) {
    const place = `${PROJECT}/${folder}`;
    const { name, version, license } = JSON.parse(
      await Deno.readTextFile(`${place}/package.json`),
    );
    notices.push(`${name} ${version}, ${license}`);
    const files = [...Deno.readDirSync(place)].map((entry) => entry.name).toSorted();
    for (const file of files.filter((each) => NOTICE.test(each))) {
      notices.push((await Deno.readTextFile(`${place}/${file}`)).trim());
    }
  }
  return `${notices.join("\n\n")}\n`;
}

function foldersOf({ inputs }: Metafile): ReadonlySet<string> {
  return new Set(Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[0] ?? []));
}

function describe(
  manifest: Readonly<Record<string, string>>,
  lock: Readonly<Record<string, LockedPackage>>,
): BundledPackage {
  const { name = "", version = "", license = "NOASSERTION", homepage } = manifest;
  const locked = lock[`${name}@${version}`];
  if (locked === undefined) throw new Error(`deno.lock does not have ${name}@${version}`);
  const [, base64 = ""] = locked.integrity.split("-");
  return {
    name,
    version,
    license,
    ...(homepage === undefined ? {} : { homepage }),
    sha512: Uint8Array.fromBase64(base64).toHex(),
    dependencies: (locked.dependencies ?? []).map((name) => lockedName(name, lock)),
  };
}

/** `NAME@VERSION` of a dependency; the lock file leaves the version out where there is one only. */
function lockedName(name: string, lock: Readonly<Record<string, LockedPackage>>): string {
  return Object.keys(lock).find((each) => each === name || each.startsWith(`${name}@`)) ?? name;
}
