/** The parts of every long-running command: clock, log, metrics, randomness, HTTP endpoints. */

import type { Clock } from "../../lib/base/clock.ts";
import type { LogFormat, Logger, LogLevel } from "../../lib/observe/logger.ts";
import { createEndpointHandler, type Endpoints } from "../../lib/endpoints/http_endpoints.ts";
import { CONNECTION_LIMITS, limitsFor } from "../../lib/http/connection_table.ts";
import { createHttpMetrics } from "../../lib/http/http_metrics.ts";
import { type HttpListener, keepListening, type ListenOptions } from "../../lib/http/listener.ts";
import {
  createPrometheusRegistry,
  type PrometheusRegistry,
} from "../../lib/endpoints/prometheus_registry.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { createLineLogger } from "../../lib/sys/host/line_logger.ts";
import { formatLogLine } from "../../lib/sys/host/log_line.ts";
import { STDOUT } from "../../lib/sys/host/output.ts";
import { raiseOpenFileLimit } from "../../lib/sys/host/process_resources.ts";
import { endConnections, prepareListener } from "../../lib/sys/host/tcp_connections.ts";
import { VERSION } from "../cli/build.ts";
import type { ListenAddress } from "../cli/flag_values.ts";
import { logRuntimeWarnings } from "./runtime_warnings.ts";
import { surviveUnhandledErrors } from "./unhandled_errors.ts";

/** Parts that a process makes once and hands to everything that needs them. */
export interface ProcessParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: PrometheusRegistry;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Named as the client libraries of Prometheus do. */
export const PROCESS_START = {
  name: "process_start_time_seconds",
  help: "When the process was started, in seconds since the epoch.",
} as const;

/** Tells versions apart. */
export const BUILD_INFO = {
  name: "vmdhcp_build_info",
  help: "Always 1; the label is the version that runs.",
  labelNames: ["version"],
} as const;

/** A log with gaps says so where somebody looks. */
export const LOG_LINES_LEFT_OUT = {
  name: "vmdhcp_log_lines_left_out_total",
  help: "Lines of the log that nobody read in time, or that could not be written.",
} as const;

/** How the log is written. */
export interface LogSettings {
  readonly level: LogLevel;
  /** By default text where somebody looks at it, and JSON where a program does. */
  readonly format?: LogFormat | undefined;
}

/**
 * Makes the parts; the log goes to stdout.
 *
 * @param name Name of the process for its log lines.
 */
export function createProcessParts(
  { level, format = Deno.stdout.isTerminal() ? "text" : "json" }: LogSettings,
  name?: string,
): ProcessParts {
  raiseOpenFileLimit();
  const clock = createClock();
  const writeLine = (line: string, isDetail: boolean) => STDOUT.write(line, isDetail);
  const options = { level, format, nowMs: clock.nowMs, writeLine };
  const log = createLineLogger(options, name === undefined ? {} : { name });
  STDOUT.noteWith((lines) => {
    const ts = new Date(clock.nowMs()).toISOString();
    const msg = "log lines were left out: nobody read them in time";
    return formatLogLine({ ts, level: "warn", msg, lines }, format);
  });
  const registry = createPrometheusRegistry();
  registry.gauge(BUILD_INFO).set(1, { version: VERSION });
  registry.gauge(PROCESS_START).set(Math.floor(clock.nowMs() / 1000));
  registry.add({
    ...LOG_LINES_LEFT_OUT,
    type: "counter",
    get() {
      return { ...this, values: [{ labels: {}, value: STDOUT.leftOut }] };
    },
  });
  surviveUnhandledErrors(log, registry);
  logRuntimeWarnings(log);
  return { clock, log, registry, random: Math.random };
}

/** Of each client of the endpoints: more than probes and scrapes need, and little beside packets. */
const REQUEST_RATE = { perSecond: 200, burst: 200 };

/** Flags of the HTTP endpoints. */
export interface HttpFlags {
  readonly http: ListenAddress;
  readonly "enable-cache-dump-api": boolean;
}

/**
 * Serves the endpoints of a command. While the address cannot be had, the command goes on without them:
 * a log line says why, and it is tried again.
 *
 * @param listen Opens the listener, which tries again by itself when it fails.
 */
export function serveEndpoints(
  flags: HttpFlags,
  { log, registry }: ProcessParts,
  endpoints: Endpoints,
  listen: (options: ListenOptions) => HttpListener = keepListening,
): HttpListener {
  return listen({
    ...flags.http,
    log,
    handle: createEndpointHandler(endpoints, registry, flags["enable-cache-dump-api"]),
    metrics: createHttpMetrics(registry, "endpoints"),
    sockets: { endConnections, prepareListener },
    limits: limitsFor(CONNECTION_LIMITS.connections, raiseOpenFileLimit()),
    requestRate: REQUEST_RATE,
    cure: "choose another one with --http ADDR:PORT",
  });
}
