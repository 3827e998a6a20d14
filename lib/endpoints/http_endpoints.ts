/** What the process reports about itself over HTTP: health, metrics and dumps of its caches. */

import { messageOf } from "../base/errors.ts";
import type { CacheDump } from "../reconcile/cache_dump.ts";
import type { PrometheusRegistry } from "./prometheus_registry.ts";

/** Where the answers come from. */
export interface Endpoints {
  /** Sentences that say why the process is not ready; empty when it is. */
  unready(): readonly string[];
  /** While another replica does the work: a sentence that says which. This one is ready anyway. */
  standby?(): string | undefined;
  /** `/ipams/NAMESPACE/NAME` of a VM network; `undefined` when it has no pool. */
  ipam?(network: string): CacheDump | undefined;
  /** `/caches/NAMESPACE/NAME` of a VM network; `undefined` when it has no pool. */
  cache?(network: string): CacheDump | undefined;
  /** `/leases`, or `/leases/NAMESPACE/NAME` of one pool; `undefined` when it is not served here. */
  leases?(pool: string | undefined): CacheDump | undefined;
}

/** Whether a peer may read the dumps. */
export interface DumpAccess {
  /** Whether the peer is on this host, where the dumps are always readable. */
  readonly fromLoopback: boolean;
  /** `--enable-cache-dump-api`: other peers may read them too. */
  readonly enabledEverywhere: boolean;
}

/**
 * Makes the handler of all endpoints.
 *
 * Paths and bodies are those of the Go version, because tools and people rely on them. Only `/readyz`
 * differs: it answers 503 with the reasons while the process is not ready.
 */
export function createEndpointHandler(
  endpoints: Endpoints,
  registry: PrometheusRegistry,
): (request: Request, access: DumpAccess) => Promise<Response> {
  const scrapeErrors = registry.counter({
    name: "promhttp_metric_handler_errors_total",
    help: "Total number of internal errors encountered by the promhttp metric handler.",
    labelNames: ["cause"],
  });
  for (const cause of ["encoding", "gathering"]) scrapeErrors.inc({ cause }, 0);

  async function metrics(): Promise<Response> {
    try {
      const headers = { "content-type": registry.contentType };
      return new Response(await registry.expose(), { headers });
    } catch (error) {
      scrapeErrors.inc({ cause: "gathering" });
      return text(500, `failed to gather metrics: ${messageOf(error)}`);
    }
  }

  return async function handle(request, access) {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text(405, `${request.method} is not allowed, only GET`);
    }
    if (pathname === "/healthz") return json(200, { ok: true });
    if (pathname === "/readyz") return ready(endpoints);
    if (pathname === "/metrics") return await metrics();
    return dump(endpoints, pathname, access) ??
      text(404, "not found; there are /healthz /readyz /metrics /ipams /caches /leases");
  };
}

function ready(endpoints: Endpoints): Response {
  const reasons = endpoints.unready();
  const standby = endpoints.standby?.();
  if (reasons.length > 0) return json(503, { ok: false, reasons });
  return json(200, standby === undefined ? { ok: true } : { ok: true, standby });
}

function dump(endpoints: Endpoints, path: string, access: DumpAccess): Response | undefined {
  const [, kind, name] = /^\/(ipams|caches|leases)(?:\/([^/]+\/[^/]+))?$/.exec(path) ?? [];
  if (kind === undefined) return undefined;
  if (!access.fromLoopback && !access.enabledEverywhere) {
    return text(403, "dumps are served on loopback only; --enable-cache-dump-api opens them");
  }
  const standby = endpoints.standby?.();
  if (standby !== undefined) return text(503, `${standby}; ask that one`);
  if (kind === "leases") {
    const leases = endpoints.leases?.(name);
    return leases === undefined
      ? text(404, `no leases of ${name ?? "any pool"} here`)
      : json(200, leases);
  }
  const read = kind === "ipams" ? endpoints.ipam : endpoints.cache;
  if (read === undefined || name === undefined) return undefined;
  const entries = read(name);
  const what = kind === "ipams" ? "ipam" : "cache";
  // Status and sentence are those of the Go version: scripts match on them.
  return entries === undefined
    ? text(500, `failed to list ${what} of ${name}: network ${name} does not exist`)
    : json(200, entries);
}

function json(status: number, body: unknown): Response {
  const headers = { "content-type": "application/json" };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers });
}

function text(status: number, body: string): Response {
  return new Response(`${body}\n`, { status, headers: { "content-type": "text/plain" } });
}
