/** What the client counts, under the names that operators know from client-go. */

import type { Counter, Histogram, MetricRegistry } from "../../observe/metrics.ts";

/** As in component-base. */
const BUCKETS_SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Stands for the HTTP status where no answer came. */
const NO_ANSWER = "<error>";

/** Counts for one API server. */
export class RestClientMetrics {
  readonly #host: string;
  readonly #requests: Counter;
  readonly #retries: Counter;
  readonly #duration: Histogram;
  readonly #wait: Histogram;

  /** @param server URL of the API server. */
  constructor(registry: MetricRegistry, server: string) {
    this.#host = new URL(server).host;
    this.#requests = registry.counter({
      name: "rest_client_requests_total",
      help: "Requests to the Kubernetes API by HTTP status, method and host.",
      labelNames: ["code", "method", "host"],
    });
    this.#retries = registry.counter({
      name: "rest_client_request_retries_total",
      help: "Requests that were sent again by the client itself, by what was wrong before.",
      labelNames: ["code", "verb", "host"],
    });
    this.#duration = registry.histogram({
      name: "rest_client_request_duration_seconds",
      help: "From a request to its whole answer, watches aside.",
      labelNames: ["verb", "host"],
      buckets: BUCKETS_SECONDS,
    });
    this.#wait = registry.histogram({
      name: "rest_client_rate_limiter_duration_seconds",
      help: "How long requests waited in the client because too many were under way.",
      labelNames: ["verb", "host"],
      buckets: BUCKETS_SECONDS,
    });
  }

  /** @param status HTTP status; `undefined` when no answer came. */
  sent(method: string, status: number | undefined): void {
    this.#requests.inc({ code: codeOf(status), method, host: this.#host });
  }

  /** @param status What the attempt before came to. */
  retried(verb: string, status: number | undefined): void {
    this.#retries.inc({ code: codeOf(status), verb, host: this.#host });
  }

  took(verb: string, ms: number): void {
    this.#duration.observe(ms / 1000, { verb, host: this.#host });
  }

  waited(verb: string, ms: number): void {
    this.#wait.observe(ms / 1000, { verb, host: this.#host });
  }
}

function codeOf(status: number | undefined): string {
  return status === undefined ? NO_ANSWER : String(status);
}
