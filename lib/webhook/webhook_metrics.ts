/** What the webhook counts. The first three have the names of controller-runtime, which dashboards know. */

import type { MetricRegistry } from "../observe/metrics.ts";
import type { Decision, Question } from "./decision.ts";

/** Bounds of the latency, in seconds: the API server gives up after five. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** Counters of the webhook. */
export class WebhookMetrics {
  readonly #requests;
  readonly #latency;
  readonly #inFlight;
  readonly #decisions;
  readonly #findings;
  readonly #failures;
  readonly #expiry;
  readonly #running = new Map<string, number>();

  constructor(registry: MetricRegistry) {
    this.#requests = registry.counter({
      name: "controller_runtime_webhook_requests_total",
      help: "Requests of API servers by path and HTTP status.",
      labelNames: ["webhook", "code"],
    });
    this.#latency = registry.histogram({
      name: "controller_runtime_webhook_latency_seconds",
      help: "How long requests of API servers take, by path.",
      labelNames: ["webhook"],
      buckets: BUCKETS,
    });
    this.#inFlight = registry.gauge({
      name: "controller_runtime_webhook_requests_in_flight",
      help: "Requests of API servers that are being answered, by path.",
      labelNames: ["webhook"],
    });
    this.#decisions = registry.counter({
      name: "vmdhcp_webhook_decisions_total",
      help: "Reviews by what they were asked, and what became of the change.",
      labelNames: ["question", "outcome"],
    });
    this.#findings = registry.counter({
      name: "vmdhcp_webhook_findings_total",
      help: "What the rules of docs/admission.md found, by rule; denials and warnings.",
      labelNames: ["check"],
    });
    this.#failures = registry.counter({
      name: "vmdhcp_webhook_failures_total",
      help:
        "Reviews that could not be judged because of a fault of this program; they are let through.",
    });
    this.#failures.inc({}, 0);
    this.#expiry = registry.gauge({
      name: "vmdhcp_webhook_certificate_expiry_timestamp_seconds",
      help: "Until when the certificate in use is valid, in seconds since 1970.",
    });
  }

  /** Counts a request in. @returns Counts it out, with its HTTP status and how long it took. */
  begin(webhook: string): (code: number, ms: number) => void {
    this.#count(webhook, 1);
    return (code, ms) => {
      this.#count(webhook, -1);
      this.#requests.inc({ webhook, code: String(code) });
      this.#latency.observe(ms / 1000, { webhook });
    };
  }

  decided(question: Question, { outcome, findings }: Decision): void {
    this.#decisions.inc({ question, outcome });
    for (const { check } of findings) this.#findings.inc({ check });
  }

  failed(): void {
    this.#failures.inc();
  }

  certifiedUntil(ms: number): void {
    this.#expiry.set(ms / 1000);
  }

  #count(webhook: string, by: 1 | -1): void {
    const running = (this.#running.get(webhook) ?? 0) + by;
    this.#running.set(webhook, running);
    this.#inFlight.set(running, { webhook });
  }
}
