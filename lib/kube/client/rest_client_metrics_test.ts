import { deepEqual, equal } from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import { ScriptedServer } from "../../../tests/support/kube/scripted_server.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { MetricSpec } from "../../observe/metrics.ts";
import { createKubeClient } from "./rest_client.ts";
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

Deno.test("RestClient measures answers and the wait for its turn in seconds", async () => {
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  const [underWay, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  const server = await ScriptedServer.start(async (exchange) => {
    const turn = ++asked;
    if (turn === 16) await clock.advance(500).then(underWay.resolve);
    await underWay.promise;
    if (turn === 17) await answered.promise.then(() => clock.advance(2000));
    await exchange.respond(200, configMap("a", 1));
  });
  const client = createKubeClient({ server: server.url }, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random: () => 0,
    log: new RecordingLogger(),
    registry,
  });
  const name = { namespace: "default", name: "a" };
  const gets = Array.from({ length: 17 }, () => client.get(CONFIG_MAPS, name));
  Promise.all(gets.slice(0, 16)).then(() => answered.resolve());
  await Promise.all(gets);
  client.close();
  await server.close();
  const labels = { host: new URL(server.url).host, verb: "GET" };
  const value = (metric: string) => registry.value(`rest_client_${metric}`, labels);
  equal(value("rate_limiter_duration_seconds_sum"), 0.5);
  equal(value("request_duration_seconds_count"), 17);
  equal(value("request_duration_seconds_sum"), 16 * 0.5 + 2);
});
