/** The parts of every long-running command: clock, log, metrics, randomness, HTTP endpoints. */

import type { Clock } from "../../lib/base/clock.ts";
import type { Logger, LogLevel } from "../../lib/observe/logger.ts";
import { createEndpointHandler, type Endpoints } from "../../lib/endpoints/http_endpoints.ts";
import { type HttpListener, listen, ListenError } from "../../lib/http/listener.ts";
import {
  createPrometheusRegistry,
  type PrometheusRegistry,
} from "../../lib/endpoints/prometheus_registry.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { raiseOpenFileLimit } from "../../lib/sys/host/open_files.ts";
import { createJsonLogger, writeLineToStdout } from "../../lib/sys/host/json_logger.ts";
import { VERSION } from "../cli/build.ts";
import { CommandError } from "../cli/command.ts";
import type { ListenAddress } from "../cli/flag_values.ts";

/** Parts that a process makes once and hands to everything that needs them. */
export interface ProcessParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: PrometheusRegistry;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Makes the parts; the log goes to stdout.
 *
 * @param name Name of the process for its log lines.
 */
export function createProcessParts(level: LogLevel, name?: string): ProcessParts {
  raiseOpenFileLimit();
  const clock = createClock();
  const options = { level, nowMs: clock.nowMs, writeLine: writeLineToStdout };
  const log = createJsonLogger(options, name === undefined ? {} : { name });
  const registry = createPrometheusRegistry();
  registry.gauge({
    name: "vmdhcp_build_info",
    help: "Always 1; the label is the version that runs.",
    labelNames: ["version"],
  }).set(1, { version: VERSION });
  return { clock, log, registry, random: Math.random };
}

/** Flags of the HTTP endpoints. */
export interface HttpFlags {
  readonly http: ListenAddress;
  readonly "enable-cache-dump-api": boolean;
}

/**
 * Serves the endpoints of a command.
 *
 * @throws {CommandError} when the address cannot be listened on.
 */
export async function serveEndpoints(
  flags: HttpFlags,
  { log, registry }: ProcessParts,
  endpoints: Endpoints,
): Promise<HttpListener> {
  const handle = createEndpointHandler(endpoints, registry, flags["enable-cache-dump-api"]);
  try {
    return await listen({ ...flags.http, log, handle });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const cure = error.blamesAddress ? "; choose another one with --http ADDR:PORT" : "";
    throw new CommandError(`${error.message}${cure}`);
  }
}
