/** What the process reports about itself over HTTP: health, metrics and dumps of its caches. */

import { messageOf } from "../base/errors.ts";
import { type HttpRequest, type HttpResponse, jsonResponse } from "../http/exchange.ts";
import type { PrometheusRegistry } from "./prometheus_registry.ts";
import { answerDump, dumpPathsOf, type DumpSources } from "./dump_answer.ts";
import { plainText } from "./plain_text.ts";
import { Coalesced } from "./coalesced.ts";
import { SharedDumps } from "./shared_dumps.ts";

/** What every process has. */
const PATHS = ["/healthz", "/readyz", "/metrics"];

/** Something that was looked at. */
export interface Check {
  /** Such as `packet-loop`. */
  readonly name: string;
  /** Why it failed; absent when it did not. */
  readonly problem?: string | undefined;
}

/** Where the answers come from. */
export interface Endpoints extends DumpSources {
  /** Why the process has to be started again, for `/healthz`; by default it is healthy while it answers. */
  healthChecks?(): readonly Check[];
  /** The parts of {@link unready}, for `/readyz?verbose`; by default they are one check. */
  readyChecks?(): readonly Check[];
  /** Sentences that say why the process is not ready; empty when it is. */
  unready(): readonly string[];
  /** What else somebody should know who asks whether the process is ready. */
  notes?(): readonly string[];
}

/**
 * Makes the handler of all endpoints.
 *
 * Paths and bodies are those of the Go version, because tools and people rely on them. Only `/readyz`
 * differs: it answers 503 with the reasons while the process is not ready.
 *
 * @param dumpsEverywhere `--enable-cache-dump-api`: other hosts may read the dumps too.
 */
export function createEndpointHandler(
  endpoints: Endpoints,
  registry: PrometheusRegistry,
  dumpsEverywhere: boolean,
): (request: HttpRequest) => Promise<HttpResponse> {
  const scrapeErrors = registry.counter({
    name: "promhttp_metric_handler_errors_total",
    help: "Total number of internal errors encountered by the promhttp metric handler.",
    labelNames: ["cause"],
  });
  const dumps = new SharedDumps();
  for (const cause of ["encoding", "gathering"]) scrapeErrors.inc({ cause }, 0);

  const exposition = new Coalesced(async () => new TextEncoder().encode(await registry.expose()));

  async function metrics(): Promise<HttpResponse> {
    try {
      const bytes = await exposition.run();
      const headers = {
        "content-type": registry.contentType,
        "content-length": String(bytes.length),
      };
      return { status: 200, headers, body: dumps.bodyOf(bytes) };
    } catch (error) {
      scrapeErrors.inc({ cause: "gathering" });
      return plainText(500, `failed to gather metrics: ${messageOf(error)}`);
    }
  }

  return async function handle({ method, path, query, fromLoopback }) {
    if (method !== "GET" && method !== "HEAD") {
      return plainText(405, `${method} is not allowed, only GET`);
    }
    if (path === "/healthz") return healthy(endpoints, isSet(query.get("verbose")));
    if (path === "/readyz") return ready(endpoints, isSet(query.get("verbose")));
    if (path === "/metrics") return await metrics();
    const isVerbose = isSet(query.get("verbose"));
    const isAllowed = fromLoopback || dumpsEverywhere;
    return await answerDump({ endpoints, dumps }, { path, isVerbose, isAllowed }) ??
      plainText(404, `not found; there are ${[...PATHS, ...dumpPathsOf(endpoints)].join(" ")}`);
  };
}

function healthy(endpoints: Endpoints, isVerbose: boolean): HttpResponse {
  const checks = [{ name: "ping" }, ...endpoints.healthChecks?.() ?? []];
  const reasons = checks.flatMap(({ problem }: Check) => problem ?? []);
  if (isVerbose) return report("healthz", checks, reasons.length === 0);
  return reasons.length === 0 ? json(200, { ok: true }) : json(503, { ok: false, reasons });
}

/** A line for each check, as the components of Kubernetes have them. */
function report(
  what: string,
  checks: readonly Check[],
  isFine: boolean,
  notes: readonly string[] = [],
): HttpResponse {
  const lines = [
    ...checks.map(({ name, problem }) =>
      problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`
    ),
    ...notes.map((note) => `note: ${note}`),
    `${what} check ${isFine ? "passed" : "failed"}`,
  ];
  return plainText(isFine ? 200 : 503, lines.join("\n"));
}

function ready(endpoints: Endpoints, isVerbose: boolean): HttpResponse {
  const reasons = endpoints.unready();
  if (isVerbose) {
    const problem = reasons.length === 0 ? undefined : reasons.join("; ");
    const checks = endpoints.readyChecks?.() ?? [{ name: "ready", problem }];
    const notes = [...endpoints.notes?.() ?? [], ...listOf(endpoints.standby?.())];
    return report("readyz", checks, reasons.length === 0, notes);
  }
  const standby = endpoints.standby?.();
  if (reasons.length > 0) return json(503, { ok: false, reasons });
  const notes = endpoints.notes?.() ?? [];
  return json(200, {
    ok: true,
    ...(standby === undefined ? {} : { standby }),
    ...(notes.length === 0 ? {} : { notes }),
  });
}

/** Whether a parameter such as `?verbose` or `?verbose=1` is there. */
function isSet(value: string | null): boolean {
  return value !== null && value !== "0" && value !== "false";
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function json(status: number, body: unknown): HttpResponse {
  return jsonResponse(`${JSON.stringify(body)}\n`, { status });
}
