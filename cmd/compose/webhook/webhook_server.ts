/** The port at which API servers ask, with the certificate that it has there. */

import { untilAborted } from "../../../lib/base/abort.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { limitsFor } from "../../../lib/http/connection_table.ts";
import { createHttpMetrics } from "../../../lib/http/http_metrics.ts";
import { RenewableListener } from "../../../lib/http/renewable_listener.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import { type CertificateAndKey, validityOf } from "../../../lib/tls/certificate.ts";
import { raiseOpenFileLimit } from "../../../lib/sys/host/process_resources.ts";
import { endConnections, prepareListener } from "../../../lib/sys/host/tcp_connections.ts";
import type { Rules } from "../../../lib/webhook/rules.ts";
import { createWebhookHandler, REVIEW_BYTES_MAX } from "../../../lib/webhook/webhook_handler.ts";
import { WebhookMetrics } from "../../../lib/webhook/webhook_metrics.ts";
import type { OptionalParts } from "../optional_parts.ts";
import type { ProcessParts } from "../process_parts.ts";

/** Between looks at the certificate, and at what the API servers are told. */
const LOOK_MS = 10_000;

/** How long it goes on answering after it was told to end: as long as API servers may still ask here. */
const DRAIN_MS = 5000;

/**
 * While nothing is answered for a moment, API servers open one for each question. Each takes three descriptors
 * here: its own, and both ends of one on loopback.
 */
const CONNECTIONS_MAX = 512;

/** What it serves. */
export interface WebhookServerOptions {
  readonly port: number;
  /** Names in the Host field besides those of Services. */
  readonly names: readonly string[];
  readonly rules: Rules;
  /** Why nothing can be judged now. */
  readonly unsynced: () => readonly string[];
}

/** The listener, and whether it is to get questions. */
export class WebhookServer {
  readonly listener: RenewableListener;
  readonly #clock: Clock;
  readonly #metrics: WebhookMetrics;
  /** Until when API servers take the certificate. */
  #validUntilMs = Infinity;
  #isDraining = false;
  /** Whether the API servers have been told of this webhook. */
  #isKnown = false;

  constructor({ port, names, rules, unsynced }: WebhookServerOptions, parts: ProcessParts) {
    const { log, registry, clock } = parts;
    this.#clock = clock;
    this.#metrics = new WebhookMetrics(registry);
    this.listener = new RenewableListener({
      hostname: "0.0.0.0",
      port,
      names,
      log,
      handle: createWebhookHandler({
        rules,
        log,
        clock,
        metrics: this.#metrics,
        unready: () => unsynced()[0],
      }),
      isLast: () => this.#isDraining,
      bodyBytesMax: REVIEW_BYTES_MAX,
      metrics: createHttpMetrics(registry, "webhook"),
      sockets: { endConnections, prepareListener },
      limits: limitsFor(CONNECTIONS_MAX, raiseOpenFileLimit()),
      cure: "choose another port with --https-port",
    });
  }

  /** Takes a certificate, even one that has expired: there is no other, and the clock may be wrong. */
  use(tls: CertificateAndKey): void {
    this.#validUntilMs = validityOf(tls.cert)?.notAfterMs ?? Infinity;
    this.#metrics.certifiedUntil(this.#validUntilMs);
    this.listener.use(tls);
  }

  /** Why it is not to get questions. */
  unready(): readonly string[] {
    if (this.#isDraining) return ["it is about to end"];
    const reason = this.listener.unready();
    if (reason !== undefined) return [`API servers cannot ask: ${reason}`];
    if (this.#clock.nowMs() >= this.#validUntilMs) {
      const until = new Date(this.#validUntilMs).toISOString();
      return [`API servers refuse its certificate, which was valid until ${until}: renew it`];
    }
    return this.#isKnown ? [] : ["the webhook configurations are not written yet"];
  }

  /** Looks after the certificate until the signal aborts. Never rejects. */
  async keep(
    certificate: { look(signal: AbortSignal): Promise<void> },
    parts: OptionalParts,
    signal: AbortSignal,
  ): Promise<void> {
    const part = parts.start({
      name: "certificate",
      lack: "API servers may not reach this webhook or not trust it",
      attempt: async (ended) => {
        // What goes with this webhook must not come back once it has gone.
        if (this.#isDraining) return await untilAborted(ended);
        try {
          await certificate.look(ended);
          this.#isKnown = true;
        } catch (error) {
          if (this.#isDraining) return;
          // Without the right to write them, somebody else looks after the configurations.
          this.#isKnown ||= isStatus(error, 403);
          throw error;
        }
      },
    });
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_MS, signal);
      part.again();
    }
  }

  /** Lets API servers go elsewhere before it ends: a connection ends with its next answer. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#clock.sleep(DRAIN_MS);
    await this.listener.close();
  }
}
