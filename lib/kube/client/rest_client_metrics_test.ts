import { deepEqual } from "node:assert/strict";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { MetricSpec } from "../../observe/metrics.ts";
import { RestClientMetrics } from "./rest_client_metrics.ts";

/** Notes what is registered, as `name{labels}`, with the buckets of histograms. */
class NotingRegistry extends RecordingRegistry {
  readonly series = new Map<string, readonly number[] | undefined>();

  override counter(spec: MetricSpec) {
    this.#note(spec);
    return super.counter(spec);
  }

  override histogram(spec: MetricSpec & { readonly buckets: readonly number[] }) {
    this.#note(spec, spec.buckets);
    return super.histogram(spec);
  }

  #note({ name, labelNames = [] }: MetricSpec, buckets?: readonly number[]) {
    this.series.set(`${name}{${labelNames.join()}}`, buckets);
  }
}

Deno.test("RestClientMetrics has the names, labels and buckets of client-go in component-base", () => {
  const registry = new NotingRegistry();
  new RestClientMetrics(registry, "https://10.0.0.1:6443/k8s");
  const buckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
  deepEqual(
    registry.series,
    new Map<string, readonly number[] | undefined>([
      ["rest_client_requests_total{code,method,host}", undefined],
      ["rest_client_request_retries_total{code,verb,host}", undefined],
      ["rest_client_request_duration_seconds{verb,host}", buckets],
      ["rest_client_rate_limiter_duration_seconds{verb,host}", buckets],
    ]),
  );
});

Deno.test("RestClientMetrics counts by the host with its port, and calls what had no answer <error>", () => {
  const registry = new RecordingRegistry();
  const metrics = new RestClientMetrics(registry, "https://10.0.0.1:6443/k8s");
  metrics.sent("GET", 200);
  metrics.sent("PUT", undefined);
  metrics.retried("GET", 503);
  metrics.took("GET", 5);
  metrics.waited("GET", 250);
  const host = `host="10.0.0.1:6443"`;
  deepEqual(Object.fromEntries(registry.values), {
    [`rest_client_rate_limiter_duration_seconds_count{${host},verb="GET"}`]: 1,
    [`rest_client_rate_limiter_duration_seconds_sum{${host},verb="GET"}`]: 0.25,
    [`rest_client_request_duration_seconds_count{${host},verb="GET"}`]: 1,
    [`rest_client_request_duration_seconds_sum{${host},verb="GET"}`]: 0.005,
    [`rest_client_request_retries_total{code="503",${host},verb="GET"}`]: 1,
    [`rest_client_requests_total{code="200",${host},method="GET"}`]: 1,
    [`rest_client_requests_total{code="<error>",${host},method="PUT"}`]: 1,
  });
});
