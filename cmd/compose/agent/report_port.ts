/**
 * The port at which the controller reads the report of an agent. Its credentials come from a Secret, which
 * may be late and is renewed: the files are read again and again. DHCP does not depend on any of it.
 */

import type { Reporter } from "../../../lib/agent/report.ts";
import { messageOf } from "../../../lib/base/errors.ts";
import { limitsFor } from "../../../lib/http/connection_table.ts";
import { createHttpMetrics, type HttpMetrics } from "../../../lib/http/http_metrics.ts";
import type { HttpListener } from "../../../lib/http/listener.ts";
import type { HttpRequest, HttpResponse } from "../../../lib/http/exchange.ts";
import { raiseOpenFileLimit } from "../../../lib/sys/host/process_resources.ts";
import type { ProcessParts } from "../process_parts.ts";
import { listenInPod } from "./pod_listener.ts";
import { readReportCredentials, type ReportPortCredentials } from "./report_credentials.ts";
import { AGENT_HOST } from "../reports/report_secret.ts";
import type { ReportPlace } from "./report_flags.ts";
import { createReportHandler } from "./report_handler.ts";

/** Between looks at the files. */
const LOOK_MS = 2000;

/** The runtime lets go of a port in a turn of its own. */
const FREED_MS = 20;

/** The controllers of a cluster ask twice a minute each. */
const REQUEST_RATE = { perSecond: 10, burst: 20 };
const CONNECTIONS_MAX = 64;

/** Serves the report of an agent. */
export class ReportPort {
  readonly #place: ReportPlace;
  readonly #parts: ProcessParts;
  readonly #reporter: Reporter;
  readonly #metrics: HttpMetrics;
  #credentials: ReportPortCredentials | undefined;
  #handle: ((request: HttpRequest) => Promise<HttpResponse>) | undefined;
  #listener: HttpListener | undefined;
  /** Why the files cannot be used. */
  #problem: string | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(
    place: ReportPlace,
    { agent, poolKey }: Pick<Reporter, "agent" | "poolKey">,
    parts: ProcessParts,
  ) {
    this.#place = place;
    this.#parts = parts;
    const instance = place.name ?? Deno.hostname();
    this.#reporter = { agent, poolKey, instance, startedMs: parts.clock.nowMs() };
    this.#metrics = createHttpMetrics(parts.registry, "report");
  }

  /** The port that it listens on, or will. */
  get port(): number {
    return this.#listener?.port ?? this.#place.address.port;
  }

  /** Sentences that say what is wrong with the report; empty when it can be read. */
  notes(): readonly string[] {
    const reason = this.#problem ?? this.#listener?.unready();
    return reason === undefined ? [] : [`the report may not be readable: ${reason}`];
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      await this.#parts.clock.sleep(LOOK_MS, signal);
    }
    await Promise.all([this.#closing, this.#listener?.close()]);
  }

  async #look(): Promise<void> {
    try {
      const found = await readReportCredentials(this.#place.folder, this.#credentials);
      if (found !== this.#credentials) await this.#use(found);
      if (this.#problem !== undefined) this.#say("info", "report credentials can be used now");
      this.#problem = undefined;
    } catch (error) {
      const problem = messageOf(error);
      if (problem === this.#problem) return;
      this.#problem = problem;
      this.#say("warn", "report credentials cannot be used, trying again", { reason: problem });
    }
  }

  async #use(next: ReportPortCredentials): Promise<void> {
    const before = this.#credentials;
    if (before?.token !== next.token) {
      this.#handle = createReportHandler(this.#reporter, next.token);
    }
    const isSameCertificate = before?.cert === next.cert && before.key === next.key;
    this.#credentials = next;
    if (before !== undefined) this.#say("info", "report credentials have changed");
    if (!isSameCertificate) await this.#reopen(next);
  }

  /**
   * A socket keeps its certificate, so a new one is opened. Requests in flight end on the old one. A front that
   * stays, as the webhook has it, would hand all clients on as one from loopback, and any pod could use up the
   * requests of the controllers; these ask again half a minute later.
   */
  async #reopen({ cert, key }: ReportPortCredentials): Promise<void> {
    const { clock, log } = this.#parts;
    if (this.#listener !== undefined) {
      this.#closing = Promise.all([this.#closing, this.#listener.close()]);
      await clock.sleep(FREED_MS);
    }
    this.#listener = listenInPod({
      ...this.#place.address,
      // If any port would do, keep the one that was found.
      port: this.port,
      tls: { cert, key },
      handle: (request) => this.#handle!(request),
      log,
      metrics: this.#metrics,
      names: [AGENT_HOST],
      limits: limitsFor(CONNECTIONS_MAX, raiseOpenFileLimit()),
      requestRate: REQUEST_RATE,
      cure: "choose another one with --report ADDR:PORT",
    });
    this.#announce();
  }

  #announce(): void {
    const { hostname } = this.#place.address;
    this.#say("info", "report is served", { report: `https://${hostname}:${this.port}/report` });
  }

  #say(level: "info" | "warn", message: string, fields = {}): void {
    this.#parts.log.log(level, message, { folder: this.#place.folder, ...fields });
  }
}
