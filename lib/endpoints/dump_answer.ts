/** Answers to who asks for a dump; a path that leads nowhere is answered with the one that does. */

import { joinSome } from "../base/sentences.ts";
import { type HttpResponse, jsonResponse } from "../http/exchange.ts";
import { plainText } from "./plain_text.ts";
import type { Dump, SharedDumps } from "./shared_dumps.ts";

/** Names that an answer lists. */
const NAMES_MAX = 10;

/** A dump: its path, of what it is, and whether there is one of all together. */
interface DumpKind {
  readonly path: string;
  readonly of: "IPPool" | "VM network";
  readonly hasAll: boolean;
}

const KINDS: readonly DumpKind[] = [
  { path: "/ipams", of: "VM network", hasAll: false },
  { path: "/caches", of: "VM network", hasAll: false },
  { path: "/leases", of: "IPPool", hasAll: true },
  { path: "/unknown", of: "IPPool", hasAll: true },
];

/** The dumps of a process. */
export interface DumpSources {
  /** While another replica does the work: a sentence that says which. This one is ready anyway. */
  standby?(): string | undefined;
  /** Pools that have a dump, as `namespace/name`. */
  pools?(): readonly string[];
  /** VM networks that have one. */
  networks?(): readonly string[];
  /** `/ipams/NAMESPACE/NAME` of a VM network. */
  ipam?(network: string): Dump | undefined;
  /** `/caches/NAMESPACE/NAME` of a VM network. */
  cache?(network: string): Dump | undefined;
  /**
   * `/leases`, or `/leases/NAMESPACE/NAME` of one pool.
   *
   * @param isVerbose With `?verbose=1`: also when each client was last seen.
   */
  leases?(pool: string | undefined, isVerbose: boolean): Dump | undefined;
  /** `/unknown`, or `/unknown/NAMESPACE/NAME` of one pool: machines that ask and have no binding. */
  unknown?(pool: string | undefined): Dump | undefined;
}

/** Where the dumps come from, and their texts. */
export interface DumpParts {
  readonly endpoints: DumpSources;
  readonly dumps: SharedDumps;
}

/** What is asked for. */
export interface DumpQuestion {
  readonly path: string;
  readonly isVerbose: boolean;
  /** Whether whoever asks may see dumps. */
  readonly isAllowed: boolean;
}

/** Paths of the dumps that a process has. */
export function dumpPathsOf(endpoints: DumpSources): readonly string[] {
  return KINDS.filter((kind) => readerOf(endpoints, kind, false) !== undefined)
    .map(({ path }) => path);
}

/** The answer; `undefined` when the path is of no dump that this process has. */
export async function answerDump(
  { endpoints, dumps }: DumpParts,
  { path, isVerbose, isAllowed }: DumpQuestion,
): Promise<HttpResponse | undefined> {
  const kind = KINDS.find((each) => path === each.path || path.startsWith(`${each.path}/`));
  const read = kind && readerOf(endpoints, kind, isVerbose);
  if (kind === undefined || read === undefined) return undefined;
  if (!isAllowed) {
    return plainText(403, "dumps are served on loopback only; --enable-cache-dump-api opens them");
  }
  const standby = endpoints.standby?.();
  if (standby !== undefined) return plainText(503, `${standby}; ask that one`);
  const name = path === kind.path ? undefined : path.slice(kind.path.length + 1);
  const isComplete = name === undefined ? kind.hasAll : /^[^/]+\/[^/]+$/.test(name);
  if (!isComplete) return plainText(404, `not found: ${wayOf(kind, endpoints)}`);
  const key = isVerbose ? `${path}?verbose` : path;
  const bytes = await dumps.textOf(key, () => read(name));
  if (bytes !== undefined) {
    return jsonResponse(dumps.bodyOf(bytes), {
      headers: { "content-length": String(bytes.length) },
    });
  }
  if (kind.of === "VM network") {
    const what = kind.path === "/ipams" ? "ipam" : "cache";
    // Status and sentence are those of the Go version: scripts match on them.
    return plainText(
      500,
      `failed to list ${what} of ${name}: network ${name} does not exist`,
    );
  }
  return plainText(404, `no agent of ippool ${name} is here: ${wayOf(kind, endpoints)}`);
}

function readerOf(
  endpoints: DumpSources,
  { path }: DumpKind,
  isVerbose: boolean,
): ((name: string | undefined) => Dump | undefined) | undefined {
  const { ipam, cache, leases, unknown } = endpoints;
  switch (path) {
    case "/ipams":
      return ipam && ((name) => ipam(name!));
    case "/caches":
      return cache && ((name) => cache(name!));
    case "/leases":
      return leases && ((name) => leases(name, isVerbose));
    default:
      return unknown;
  }
}

/** How to ask, and for what. */
function wayOf({ path, of, hasAll }: DumpKind, { pools, networks }: DumpSources): string {
  const names = (of === "IPPool" ? pools : networks)?.() ?? [];
  const here = names.length === 0
    ? `no ${of} is here`
    : `here are ${joinSome(names, ", ", NAMES_MAX)}`;
  return `ask ${hasAll ? `${path} or ` : ""}${path}/NAMESPACE/NAME; ${here}`;
}
