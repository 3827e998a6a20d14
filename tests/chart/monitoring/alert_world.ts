/** Series of a site where all is well, in the notation of `promtool test rules`, and what may change in it. */

/** A series over the minutes of a test. */
export interface TestSeries {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One value for each minute, such as `3x90` or, of a counter, `0+60x90`. */
  readonly values: string;
}

/** What a scrape adds to each series: of the controller that leads, of one that stands by, of an agent, of a webhook. */
const LEADER = scrapeOf("controller-a", "10.52.0.7:8080");
const STANDBY = scrapeOf("controller-b", "10.52.0.8:8080");
const AGENT = scrapeOf("default-ippool-1-agent-a", "10.52.0.9:8080");
const WEBHOOKS = ["webhook-a", "webhook-b"].map((pod, i) => scrapeOf(pod, `10.52.0.1${i}:8080`));

function scrapeOf(pod: string, instance: string) {
  return { job: "vm-dhcp", namespace: "harvester-system", pod, instance };
}

/** Labels of the pool in the series of the controller. */
export const POOL = {
  ippool: "ippool-1",
  network: "default/net-48",
  pool: "default/ippool-1",
} as const;

/** Labels of the pool in those of its agents, with the pod. */
export const AGENT_POD = {
  ippool: "ippool-1",
  namespace: "harvester-system",
  pod: AGENT.pod,
  pool: "default/ippool-1",
} as const;

/** The pod of the controller that leads. */
export const LEADER_POD = { namespace: LEADER.namespace, pod: LEADER.pod } as const;

/** The pod of the first webhook. */
export const WEBHOOK_POD = { namespace: LEADER.namespace, pod: WEBHOOKS[0]!.pod } as const;

/** A series of the controller about the pool. */
export function ofPool(metric: string, values: string): TestSeries {
  const labels = { ...LEADER, ...POOL, subnet: "192.168.48.0/24" };
  return { metric: `vmdhcpcontroller_ippool_${metric}`, labels, values };
}

/** A condition of the pool. */
export function ofCondition(
  condition: string,
  status: string,
  reason: string,
  values = "1x120",
): TestSeries {
  const { metric, labels } = ofPool("condition", values);
  return { metric, labels: { ...labels, condition, reason, status }, values };
}

/** A condition that is no longer as in the site where all is well. */
export function withoutCondition(condition: string): TestSeries {
  const [, status, reason] = CONDITIONS.find(([type]) => type === condition)!;
  return ofCondition(condition, status, reason, "_x120");
}

/** A series of the agent about its pool. */
export function ofAgent(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: string,
): TestSeries {
  const { ippool, pool } = POOL;
  return { metric: `vmdhcpagent_${metric}`, labels: { ...AGENT, ippool, pool, ...labels }, values };
}

/** A series of the controller that leads about itself. */
export function ofLeader(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: string,
): TestSeries {
  return { metric, labels: { ...LEADER, ...labels }, values };
}

/** A series of the controller that stands by. */
export function ofStandby(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: string,
): TestSeries {
  return { metric, labels: { ...STANDBY, ...labels }, values };
}

/** A series of one of two webhooks, mostly the first. */
export function ofWebhook(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: string,
  which = 0,
): TestSeries {
  return { metric, labels: { ...WEBHOOKS[which]!, ...labels }, values };
}

/** Answers of a program with webhooks, by how many take up to so many seconds; thirty a minute. */
export function latenciesOf(
  of: typeof ofWebhook | typeof ofOther,
  webhook: string,
  counts: Readonly<Record<string, string>>,
): readonly TestSeries[] {
  return Object.entries({ ...counts, "+Inf": "0+30x120" }).map(([le, values]) =>
    of("controller_runtime_webhook_latency_seconds_bucket", { webhook, le }, values)
  );
}

/** The series of another program in Go, which has metrics of the same names. */
export function ofOther(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: string,
): TestSeries {
  const scrape = { job: "other", namespace: "other", pod: "other", instance: "10.52.0.99:8080" };
  return { metric, labels: { ...scrape, ...labels }, values };
}

const CONDITIONS = [
  ["Ready", "True", "Serving"],
  ["CacheReady", "True", "RecordRead"],
  ["AgentReady", "True", "Serving"],
  ["HasAddresses", "True", "AddressesAvailable"],
  ["AgentsCurrent", "True", "Following"],
  ["NetworkClear", "True", "NothingSeen"],
] as const;

/** What a latency of 1 ms at 60 requests a minute looks like. */
const LATENCIES: readonly TestSeries[] = ["0.0005", "0.001", "1", "2", "5", "+Inf"].map((le) =>
  ofAgent("reply_latency_seconds_bucket", { le }, le === "0.0005" ? "0x120" : "0+60x120")
);

const CONTROLLER = "vm-dhcp-ippool-controller";

/** What the API server asks when a pool changes. */
export const VALIDATION = "/v1/webhook/validation";

/** Until when a certificate is valid that has just been renewed. */
const WEEK_SECONDS = 7 * 24 * 3600;

/** Two controllers, two webhooks, and a pool with an agent that is scraped. */
export const ALL_WELL: readonly TestSeries[] = [
  ofPool("used", "40x120"),
  ofPool("available", "60x120"),
  ofPool("record_bytes", "4000x120"),
  ofPool("wanted_agents", "2x120"),
  ofPool("ready_agents", "2x120"),
  ...CONDITIONS.map(([type, status, reason]) => ofCondition(type, status, reason)),
  ...[ofLeader, ofStandby].flatMap((of, i) => [
    of(
      "leader_election_master_status",
      { name: "vm-dhcp-controllers" },
      i === 0 ? "1x120" : "0x120",
    ),
    of("vmdhcpcontroller_event_loop_delay_seconds_count", {}, "0+600x120"),
    of("controller_runtime_reconcile_errors_total", { controller: CONTROLLER }, "3x120"),
    of("controller_runtime_reconcile_panics_total", { controller: CONTROLLER }, "0x120"),
    of(
      "workqueue_longest_running_processor_seconds",
      { name: CONTROLLER, controller: CONTROLLER },
      "0x120",
    ),
    of("vmdhcp_http_listening", { listener: "endpoints" }, "1x120"),
    of("vmdhcp_part_ready", { part: "http" }, "1x120"),
    of("vmdhcp_unhandled_errors_total", {}, "0x120"),
    of("rest_client_requests_total", { code: "200", method: "GET", host: "api" }, "0+9x120"),
    of("informer_unreadable_objects", { kind: "IPPool" }, "0x120"),
    of("reflector_missed_changes_total", { resource: "ippools" }, "0x120"),
  ]),
  ofLeader("vmdhcpcontroller_vmnetcfg_status", nicOf("Allocated", "default/net-48"), "1x120"),
  ofAgent("lost_frames_total", { reason: "overrun" }, "2x120"),
  ofAgent("snapshot_failures_total", { operation: "write" }, "0x120"),
  ofAgent("internal_errors_total", {}, "0x120"),
  ...LATENCIES,
  ...[0, 1].flatMap((which) => [
    ofWebhook("vmdhcp_webhook_failures_total", {}, "0x120", which),
    ofWebhook(
      "vmdhcp_webhook_certificate_expiry_timestamp_seconds",
      {},
      `${WEEK_SECONDS}x120`,
      which,
    ),
    ofWebhook("vmdhcp_http_listening", { listener: "webhook" }, "1x120", which),
  ]),
  // Some of them are denials, which take half a second.
  ...latenciesOf(ofWebhook, VALIDATION, {
    "0.005": "0+20x120",
    "0.5": "0+20x120",
    "1": "0+30x120",
  }),
];

/** Labels of a NIC. */
export function nicOf(status: string, network: string): Readonly<Record<string, string>> {
  const ip = status === "Pending" ? "" : "192.168.48.82";
  return { ip, mac: "fa:cf:8e:50:82:fc", network, status, vm: "default/test-vm" };
}

/** All series of a site with changes: a change replaces the series of the same labels. */
export function worldWith(changes: readonly TestSeries[]): readonly TestSeries[] {
  const all = [...ALL_WELL, ...changes].map((each) => [identityOf(each), each] as const);
  return [...new Map(all).values()];
}

/** A series as PromQL writes it. */
export function identityOf({ metric, labels }: TestSeries): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${metric}{${pairs.sort().join(",")}}`;
}
