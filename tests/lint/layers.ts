/** Who may import whom. The table is the architecture: a change to it is reviewed as one. */

/**
 * Each part of the program and what it may import besides itself: a folder, which stands for all
 * files below it, or one file.
 */
export const MAY_IMPORT = {
  "lib/net": [],
  "lib/observe": [],
  "lib/api": ["lib/net"],
  "lib/dhcp": ["lib/net"],
  "lib/ipam": ["lib/net"],
  "lib/reconcile": ["lib/net", "lib/api", "lib/ipam", "lib/dhcp/lease.ts"],
  "lib/admission": ["lib/net", "lib/api", "lib/ipam", "lib/dhcp/lease.ts"],
  "lib/kube": ["lib/net", "lib/observe", "lib/api"],
  "lib/sys": ["lib/net", "lib/observe"],
  "lib/apiserver": ["lib/net", "lib/observe", "lib/api", "lib/admission"],
  "lib/server": [
    "lib/net",
    "lib/observe",
    "lib/api",
    "lib/dhcp",
    "lib/ipam",
    "lib/reconcile",
    "lib/admission",
    "lib/kube/contract.ts",
    "lib/sys/contract.ts",
  ],
  "cmd": ["lib", "deno.json"],
  "main.ts": ["cmd"],
} as const satisfies Record<string, readonly string[]>;

/** Packages of `deno.json` that only tests use; the executable is built without them. */
const TEST_PACKAGES = ["@kubernetes/client-node", "dhcp", "fast-check"];

type Part = keyof typeof MAY_IMPORT;

/** The one place of test code that unit tests share. */
const TEST_SUPPORT = "tests/support";

/** True for a unit test; `path` is relative to the project. */
export function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.endsWith("_test.ts");
}

/** True when `path` is `place` or below it. */
export function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** True for what stands for a package of the tests in `deno.json` or in an import. */
export function isTestPackage(specifier: string): boolean {
  return TEST_PACKAGES.some((name) => isWithin(specifier, name));
}

/**
 * Says why a file may not import a package. The path is relative to the project.
 *
 * @returns undefined when it may.
 */
export function findPackageViolation(from: string, specifier: string): string | undefined {
  if (isTest(from) || !isTestPackage(specifier)) return undefined;
  return `${specifier} is a package of the tests; ${from} goes into the executable`;
}

/**
 * Says why a file may not import another one. Both paths are relative to the project.
 *
 * @returns undefined when it may.
 */
export function findLayerViolation(from: string, to: string): string | undefined {
  if (isWithin(from, "tests")) return undefined;
  const part = partOf(from);
  if (part === undefined) return `${from} belongs to no layer; add it to tests/lint/layers.ts`;
  if (isWithin(to, part)) return undefined;
  const allowed = isTest(from) ? [...foldersBelow(part), TEST_SUPPORT] : MAY_IMPORT[part];
  if (allowed.some((place) => isWithin(to, place))) return undefined;
  const list = allowed.length === 0 ? "nothing outside itself" : allowed.join(", ");
  return `${part} may not import ${to}; it may import ${list}`;
}

function partOf(path: string): Part | undefined {
  return Object.keys(MAY_IMPORT).find((part): part is Part => isWithin(path, part));
}

/** Whole folders that a part reaches directly or through others: what its tests may use. */
function foldersBelow(part: Part, seen = new Set<string>()): string[] {
  for (const place of MAY_IMPORT[part]) {
    const below = partOf(place);
    if (seen.has(below ?? place)) continue;
    seen.add(below ?? place);
    if (below !== undefined) foldersBelow(below, seen);
  }
  return [...seen];
}
