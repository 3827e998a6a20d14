/** For each alert: when it fires, with which labels, and when it does not although it looks alike. */

import {
  AGENT_POD,
  LEADER_POD,
  nicOf,
  ofAgent,
  ofCondition,
  ofLeader,
  ofOther,
  ofPool,
  ofStandby,
  POOL,
  type TestSeries,
  withoutCondition,
} from "./alert_world.ts";

/** What an alert is tried with. */
export interface AlertCase {
  readonly alert: string;
  /** Changes of the site where all is well, from its first minute on. */
  readonly fault: readonly TestSeries[];
  /** Labels of the alert beside its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** What stands for `$value` in its annotations. */
  readonly value?: string;
  /** Minutes until a series of the fault shows, because it counts over time. */
  readonly delayMinutes?: number;
  /** Changes at which no alert fires, by what they are. */
  readonly quiet?: Readonly<Record<string, readonly TestSeries[]>>;
}

/** A pool whose condition is as given, and no longer well. */
function condition(type: string, status: string, reason: string): readonly TestSeries[] {
  return [withoutCondition(type), ofCondition(type, status, reason)];
}

const CONTROLLER = { controller: "vm-dhcp-ippool-controller" };

const POOL_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpPoolNearlyFull",
    fault: [ofPool("used", "95x120"), ofPool("available", "5x120")],
    labels: POOL,
    value: "95%",
    quiet: {
      "89 of 100 addresses in use": [ofPool("used", "89x120"), ofPool("available", "11x120")],
      "a pool without any address": [ofPool("used", "0x120"), ofPool("available", "0x120")],
    },
  },
  {
    alert: "VmDhcpPoolExhausted",
    fault: [
      ...[ofPool("used", "100x120"), ofPool("available", "0x120")],
      ...condition("HasAddresses", "False", "PoolExhausted"),
    ],
    labels: POOL,
  },
  {
    alert: "VmDhcpPoolHasProblems",
    fault: condition("CacheReady", "True", "RecordHasProblems"),
    labels: { ...POOL, reason: "RecordHasProblems" },
  },
  {
    alert: "VmDhcpPoolHasProblems",
    fault: [
      ...[ofPool("used", "0x120"), ofPool("available", "0x120")],
      ...condition("CacheReady", "False", "InvalidSpec"),
      ...condition("HasAddresses", "Unknown", "InvalidSpec"),
    ],
    labels: { ...POOL, reason: "InvalidSpec" },
  },
  {
    alert: "VmDhcpPoolRecordNearlyFull",
    fault: [ofPool("record_bytes", "1310720x120")],
    labels: POOL,
    value: "1.25Mi",
    quiet: { "a record of a megabyte": [ofPool("record_bytes", "1000000x120")] },
  },
  {
    alert: "VmDhcpNicsWait",
    fault: [
      ofLeader("vmdhcpcontroller_vmnetcfg_status", nicOf("Pending", "default/net-48"), "1x120"),
    ],
    labels: { network: "default/net-48" },
    value: "1",
    quiet: {
      "a NIC on a network without a pool": [
        ofLeader("vmdhcpcontroller_vmnetcfg_status", nicOf("Pending", "default/other"), "1x120"),
      ],
      "a NIC that waits for ten minutes": [
        ofLeader(
          "vmdhcpcontroller_vmnetcfg_status",
          nicOf("Pending", "default/net-48"),
          "1x10 _x110",
        ),
      ],
    },
  },
];

const AGENT_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpNoReadyAgent",
    fault: [ofPool("ready_agents", "0x120"), ...condition("AgentReady", "False", "Unschedulable")],
    labels: POOL,
    quiet: {
      "a paused pool": [
        ...[ofPool("wanted_agents", "0x120"), ofPool("ready_agents", "0x120")],
        ...condition("AgentReady", "False", "Paused"),
        ...condition("AgentsCurrent", "Unknown", "Paused"),
        ...condition("NetworkClear", "Unknown", "Paused"),
      ],
    },
  },
  {
    alert: "VmDhcpAgentMissing",
    fault: [ofPool("ready_agents", "1x120")],
    labels: POOL,
    value: "1",
    quiet: {
      "agents that are replaced": [ofPool("ready_agents", "3x120")],
      "an agent that is back after ten minutes": [ofPool("ready_agents", "1x10 2x110")],
    },
  },
  {
    alert: "VmDhcpAgentStale",
    fault: condition("AgentsCurrent", "False", "Stale"),
    labels: POOL,
  },
  {
    alert: "VmDhcpAgentsUnheard",
    fault: condition("AgentsCurrent", "Unknown", "NothingKnown"),
    labels: POOL,
  },
  {
    alert: "VmDhcpRequestsLost",
    fault: [ofAgent("lost_frames_total", { reason: "overload" }, "0+600x120")],
    labels: AGENT_POD,
    value: "10",
    delayMinutes: 1,
    quiet: {
      "frames that are no DHCP": [
        ofAgent("lost_frames_total", { reason: "tooLong" }, "0+600x120"),
      ],
      "a burst": [ofAgent("lost_frames_total", { reason: "overrun" }, "0 5000x119")],
    },
  },
  {
    alert: "VmDhcpRepliesNotSent",
    fault: [ofAgent("send_errors_total", { errno: "ENOBUFS" }, "0+3x120")],
    labels: { ...AGENT_POD, errno: "ENOBUFS" },
    delayMinutes: 1,
    quiet: { "errors in the past": [ofAgent("send_errors_total", { errno: "ENOBUFS" }, "9x120")] },
  },
  {
    alert: "VmDhcpSlowAnswers",
    fault: ["0.0005", "0.001", "1"].map((le) =>
      ofAgent("reply_latency_seconds_bucket", { le }, "0x120")
    ),
    labels: AGENT_POD,
    value: "1.99s",
    delayMinutes: 1,
    quiet: {
      "an agent that nobody asks": ["0.0005", "0.001", "1", "2", "5", "+Inf"].map((le) =>
        ofAgent("reply_latency_seconds_bucket", { le }, "70x120")
      ),
    },
  },
  {
    alert: "VmDhcpSnapshotFailed",
    fault: [ofAgent("snapshot_failures_total", { operation: "write" }, "0+2x120")],
    labels: { ...AGENT_POD, operation: "write" },
    delayMinutes: 1,
  },
];

const NETWORK_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpOtherServer",
    fault: condition("NetworkClear", "False", "OtherServer"),
    labels: POOL,
  },
  {
    alert: "VmDhcpServerAddressInUse",
    fault: condition("NetworkClear", "False", "ServerAddressInUse"),
    labels: POOL,
  },
  {
    alert: "VmDhcpAddressConflict",
    fault: condition("NetworkClear", "False", "AddressConflict"),
    labels: POOL,
  },
  {
    alert: "VmDhcpUnknownClients",
    fault: condition("NetworkClear", "False", "UnknownClients"),
    labels: POOL,
  },
];

const ERRORS = "controller_runtime_reconcile_errors_total";
const LONGEST = "workqueue_longest_running_processor_seconds";
const LEASE = { name: "vm-dhcp-controllers" };

const CONTROLLER_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpControllerDown",
    fault: [ofLeader, ofStandby].map((of) =>
      of("vmdhcpcontroller_event_loop_delay_seconds_count", {}, "_x120")
    ),
    labels: {},
    quiet: {
      "one of two controllers down": [
        ofStandby("vmdhcpcontroller_event_loop_delay_seconds_count", {}, "_x120"),
      ],
    },
  },
  {
    alert: "VmDhcpNoLeader",
    fault: [ofLeader("leader_election_master_status", LEASE, "0x120")],
    labels: LEASE,
    quiet: {
      "another controller that took over": [
        ofLeader("leader_election_master_status", LEASE, "1x10 0x110"),
        ofStandby("leader_election_master_status", LEASE, "0x11 1x109"),
      ],
      "another program without a leader": [
        ofOther("leader_election_master_status", { name: "other" }, "0x120"),
      ],
    },
  },
  {
    alert: "VmDhcpReconcileErrors",
    fault: [ofLeader(ERRORS, CONTROLLER, "0+2x120")],
    labels: CONTROLLER,
    delayMinutes: 1,
    quiet: {
      "one failure": [ofLeader(ERRORS, CONTROLLER, "0x10 1x110")],
      "another program that fails": [ofOther(ERRORS, { controller: "other" }, "0+2x120")],
    },
  },
  {
    alert: "VmDhcpReconcileStuck",
    fault: [ofLeader(LONGEST, { name: CONTROLLER.controller, ...CONTROLLER }, "0+60x120")],
    labels: { ...CONTROLLER, ...LEADER_POD },
    value: "15m 0s",
    delayMinutes: 5,
    quiet: {
      "another program that is stuck": [
        ofOther(LONGEST, { name: "other", controller: "other" }, "0+60x120"),
      ],
    },
  },
];

/** Answers of the API server that a client counts. */
function requests(code: string) {
  return { code, method: "GET", host: "api" };
}

const PROCESS_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpApiRefuses",
    fault: [ofLeader("rest_client_requests_total", requests("403"), "0+1x120")],
    labels: { ...LEADER_POD, code: "403" },
    delayMinutes: 1,
    quiet: {
      "another program that is refused": [
        ofOther("rest_client_requests_total", requests("403"), "0+1x120"),
      ],
    },
  },
  {
    alert: "VmDhcpApiUnreachable",
    fault: [ofLeader("rest_client_requests_total", requests("<error>"), "0+1x120")],
    labels: LEADER_POD,
    delayMinutes: 1,
    quiet: {
      "an API server that was away for a minute": [
        ofLeader("rest_client_requests_total", requests("<error>"), "0x9 9x111"),
      ],
    },
  },
  {
    alert: "VmDhcpUnreadableObjects",
    fault: [ofLeader("informer_unreadable_objects", { kind: "IPPool" }, "2x120")],
    labels: { ...LEADER_POD, kind: "IPPool" },
    value: "2",
  },
  {
    alert: "VmDhcpMissedChanges",
    fault: [
      ofLeader("reflector_missed_changes_total", { resource: "ippools" }, "0 0 1x118"),
    ],
    labels: { ...LEADER_POD, resource: "ippools" },
    delayMinutes: 2,
    quiet: {
      "another program that missed changes": [
        ofOther("reflector_missed_changes_total", { resource: "pods" }, "0 0 1x118"),
      ],
    },
  },
  {
    alert: "VmDhcpPartNotReady",
    fault: [ofLeader("vmdhcp_part_ready", { part: "http" }, "0x120")],
    labels: { ...LEADER_POD, part: "http" },
  },
  {
    alert: "VmDhcpBug",
    fault: [ofLeader("vmdhcp_unhandled_errors_total", {}, "0 0 1x118")],
    labels: LEADER_POD,
    delayMinutes: 2,
  },
  {
    alert: "VmDhcpBug",
    fault: [ofAgent("internal_errors_total", {}, "0 0 1x118")],
    labels: { namespace: AGENT_POD.namespace, pod: AGENT_POD.pod },
    delayMinutes: 2,
  },
  {
    alert: "VmDhcpBug",
    fault: [
      ofLeader("controller_runtime_reconcile_panics_total", CONTROLLER, "0 0 1x118"),
    ],
    labels: LEADER_POD,
    delayMinutes: 2,
  },
];

export const ALERT_CASES: readonly AlertCase[] = [
  ...[...POOL_CASES, ...AGENT_CASES, ...NETWORK_CASES],
  ...[...CONTROLLER_CASES, ...PROCESS_CASES],
];
