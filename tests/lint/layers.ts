/** Which file may import which. The table is the architecture, and its changes are reviewed as such. */

/** The pure core: same input, same output. */
const PURE = ["lib/net", "lib/observe", "lib/api", "lib/dhcpv4", "lib/ipam"] as const;

/** What planners and checks know of DHCP: what a pool tells its clients, not how it is sent. */
const DHCP_FACTS = [
  ...["lib/dhcpv4/options", "lib/dhcpv4/boot", "lib/dhcpv4/pool.ts"],
  ...["lib/dhcpv4/bindings.ts", "lib/dhcpv4/lease.ts", "lib/dhcpv4/reply_room.ts"],
] as const;

/** What the loops know of the outside world. */
const CONTRACTS = ["lib/kube/contract.ts", "lib/sys/contract.ts"] as const;

const REST_API = ["lib/observe", "lib/api", "lib/admission", "lib/http", "lib/tls"] as const;
const KUBE_ROOM = ["lib/observe", "lib/api", "lib/kube/contract.ts"] as const;
const SYS_ROOM = ["lib/net", "lib/observe", "lib/sys/contract.ts"] as const;
const LOOP = [
  ...["lib/net", "lib/observe", "lib/api", "lib/reconcile"],
  ...CONTRACTS,
] as const;

/**
 * Each room and what it may import besides itself: a folder, which stands for all files below it, or
 * one file. `lib/base` is open to all. A room inside of a room has a line of its own; the files beside
 * the inner rooms may import all of those.
 */
export const MAY_IMPORT = {
  "lib/base": [],
  "lib/observe": [],
  "lib/net": [],
  "lib/api": ["lib/net"],
  "lib/dhcpv4": ["lib/net"],
  "lib/dhcpv4/options": ["lib/net"],
  "lib/dhcpv4/wire": ["lib/net", "lib/dhcpv4/options"],
  "lib/dhcpv4/boot": [
    ...["lib/net", "lib/dhcpv4/pool.ts", "lib/dhcpv4/options", "lib/dhcpv4/wire"],
  ],
  "lib/dhcpv4/guard": ["lib/net", "lib/dhcpv4/lease.ts", "lib/dhcpv4/options"],
  "lib/dhcpv4/answer": [
    ...["lib/net", "lib/dhcpv4/pool.ts", "lib/dhcpv4/pool_options.ts", "lib/dhcpv4/lease.ts"],
    ...["lib/dhcpv4/options", "lib/dhcpv4/boot", "lib/dhcpv4/wire"],
  ],
  "lib/dhcpv4/trace": [
    ...["lib/net", "lib/dhcpv4/answer", "lib/dhcpv4/answer.ts", "lib/dhcpv4/boot"],
    ...["lib/dhcpv4/options", "lib/dhcpv4/pool.ts", "lib/dhcpv4/wire"],
  ],
  "lib/ipam": ["lib/net"],
  "lib/reconcile": ["lib/net", "lib/api", "lib/ipam", ...DHCP_FACTS],
  "lib/admission": [
    ...["lib/net", "lib/api", "lib/ipam", ...DHCP_FACTS],
    // What the condition of a pool says is said to its author at once.
    "lib/reconcile/reply_room.ts",
    // What an object that cannot be read still says counts for both.
    ...["lib/reconcile/raw_fields.ts", "lib/reconcile/names.ts"],
  ],
  "lib/explain": ["lib/net", "lib/api", "lib/ipam", "lib/reconcile"],
  "lib/kube": ["lib/observe", "lib/api", "lib/http/exchange.ts"],
  "lib/kube/access": KUBE_ROOM,
  "lib/kube/client": [...KUBE_ROOM, "lib/kube/access", "lib/http/exchange.ts"],
  "lib/kube/cache": [...KUBE_ROOM, "lib/kube/client"],
  "lib/kube/election": KUBE_ROOM,
  "lib/kube/events": KUBE_ROOM,
  "lib/sys": ["lib/net", "lib/observe"],
  "lib/sys/libc": SYS_ROOM,
  "lib/sys/packet": [...SYS_ROOM, "lib/sys/libc"],
  "lib/sys/host": [...SYS_ROOM, "lib/sys/libc", "lib/sys/packet"],
  "lib/http": ["lib/observe"],
  "lib/tls": ["lib/observe"],
  "lib/apiserver": REST_API,
  "lib/apiserver/http": REST_API,
  "lib/apiserver/patch": REST_API,
  "lib/apiserver/schema": [...REST_API, "lib/net", "lib/apiserver/http"],
  "lib/apiserver/kinds": [...REST_API, "lib/apiserver/http", "lib/apiserver/schema"],
  "lib/apiserver/store": REST_API,
  "lib/apiserver/discovery": [
    ...REST_API,
    ...["lib/apiserver/http", "lib/apiserver/kinds", "lib/apiserver/schema"],
  ],
  "lib/apiserver/request": [
    ...REST_API,
    ...["lib/apiserver/http", "lib/apiserver/kinds", "lib/apiserver/schema"],
    ...["lib/apiserver/store", "lib/apiserver/patch"],
  ],
  "lib/apiserver/verbs": [
    ...REST_API,
    ...["lib/apiserver/http", "lib/apiserver/kinds", "lib/apiserver/schema"],
    ...["lib/apiserver/store", "lib/apiserver/request"],
  ],
  "lib/manifests": ["lib/observe", "lib/api", "lib/kube/contract.ts"],
  "lib/agent": [...PURE, "lib/reconcile", ...CONTRACTS],
  "lib/agent/wire": [...PURE, "lib/reconcile/agent_report.ts", "lib/agent/agent_metrics.ts"],
  "lib/controller": LOOP,
  "lib/controller/runtime": ["lib/observe", "lib/api", ...CONTRACTS],
  "lib/controller/ippool": [...LOOP, "lib/controller/runtime"],
  "lib/controller/agents": [...LOOP, "lib/controller/runtime", "lib/controller/ippool"],
  "lib/controller/network": [...LOOP, "lib/controller/runtime", "lib/controller/ippool"],
  "lib/controller/virtual_machine": [...LOOP, "lib/controller/runtime"],
  "lib/controller/vmnetcfg": [...LOOP, "lib/controller/runtime", "lib/controller/ippool"],
  "lib/endpoints": [
    ...["lib/observe", "lib/api", "lib/http", "lib/reconcile/cache_dump.ts"],
    ...CONTRACTS,
  ],
  "lib/webhook": ["lib/observe", "lib/api", "lib/admission", "lib/http/exchange.ts"],
  "cmd": ["lib", "deno.json"],
  "cmd/cli": [
    ...["lib/net", "lib/observe", "lib/api", "lib/sys/host/permissions.ts", "deno.json"],
  ],
  "cmd/compose": ["lib", "cmd/cli", "crds"],
  "main.ts": ["cmd"],
} as const satisfies Record<string, readonly string[]>;

/** What the language lacks: open to all files. */
const OPEN_TO_ALL = "lib/base";

/** Packages of `deno.json` for tests and tools only; the executable is built without them. */
const TEST_PACKAGES = ["@kubernetes/client-node", "dhcp", "esbuild", "fast-check"];

/** Those of them whose types the product takes: a type leaves nothing in the executable. */
const TYPE_PACKAGES = ["@kubernetes/client-node"];

type Room = keyof typeof MAY_IMPORT;

/** The one place of test code that unit tests share. */
const TEST_SUPPORT = "tests/support";

/** Test code and what `./dev` runs: outside of the product, so no layer. */
const OUTSIDE = ["tests", "tools"];

/** True for a unit test; `path` is relative to the project. */
export function isTest(path: string): boolean {
  return OUTSIDE.some((folder) => isWithin(path, folder)) || path.endsWith("_test.ts");
}

/** True when `path` is `place` or below it. */
export function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** True for a package of the tests, as named in `deno.json` or in an import. */
export function isTestPackage(specifier: string): boolean {
  return TEST_PACKAGES.some((name) => isWithin(specifier, name));
}

/**
 * Says why a file may not import a package. The path is relative to the project.
 *
 * @param isTypeOnly Whether nothing but types is imported.
 * @returns undefined when it may.
 */
export function findPackageViolation(
  from: string,
  specifier: string,
  isTypeOnly: boolean,
): string | undefined {
  if (isTest(from) || !isTestPackage(specifier)) return undefined;
  if (isTypeOnly && TYPE_PACKAGES.includes(specifier)) return undefined;
  return `${specifier} is a package of the tests; ${from} goes into the executable`;
}

/**
 * Says why a file may not import another one. Both paths are relative to the project.
 *
 * @returns undefined when it may.
 */
export function findLayerViolation(from: string, to: string): string | undefined {
  if (OUTSIDE.some((folder) => isWithin(from, folder))) return undefined;
  const room = roomOf(from);
  if (room === undefined) return `${from} belongs to no room; add it to tests/lint/layers.ts`;
  if (isWithin(to, room) || isWithin(to, OPEN_TO_ALL)) return undefined;
  const allowed = isTest(from) ? [...foldersBelow(room), TEST_SUPPORT] : MAY_IMPORT[room];
  if (allowed.some((place) => isWithin(to, place))) return undefined;
  const list = allowed.length === 0 ? "nothing outside itself" : allowed.join(", ");
  return `${room} may not import ${to}; it may import ${list}`;
}

/** The innermost room that a path is in. */
function roomOf(path: string): Room | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((room): room is Room => isWithin(path, room))
    .sort((a, b) => b.length - a.length)[0];
}

/** Whole folders that a room reaches directly or through others: what its tests may use. */
function foldersBelow(room: Room, seen = new Set<string>()): string[] {
  for (const place of MAY_IMPORT[room]) {
    const below = roomOf(place);
    if (seen.has(below ?? place)) continue;
    seen.add(below ?? place);
    if (below !== undefined) foldersBelow(below, seen);
  }
  return [...seen];
}
