/** When the alerts about pools, their agents and their networks fire, and when they do not. */

import type { AlertCase } from "./alert_case.ts";
import {
  AGENT_POD,
  nicOf,
  ofAgent,
  ofCondition,
  ofLeader,
  ofPool,
  POOL,
  type TestSeries,
  withoutCondition,
} from "./alert_world.ts";

/** A pool whose condition is as given, and no longer well. */
function condition(type: string, status: string, reason: string): readonly TestSeries[] {
  return [withoutCondition(type), ofCondition(type, status, reason)];
}

export const POOL_CASES: readonly AlertCase[] = [
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

export const AGENT_CASES: readonly AlertCase[] = [
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
    alert: "VmDhcpAgentStale",
    fault: condition("AgentsCurrent", "False", "Behind"),
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

export const NETWORK_CASES: readonly AlertCase[] = [
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
