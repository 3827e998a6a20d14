/** When the alerts about controllers and processes fire, and when they do not. */

import type { AlertCase } from "./alert_case.ts";
import { AGENT_POD, LEADER_POD, ofAgent, ofLeader, ofOther, ofStandby } from "./alert_world.ts";

const CONTROLLER = { controller: "vm-dhcp-ippool-controller" };

const ERRORS = "controller_runtime_reconcile_errors_total";
const LONGEST = "workqueue_longest_running_processor_seconds";
const LEASE = { name: "vm-dhcp-controllers" };

export const CONTROLLER_CASES: readonly AlertCase[] = [
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

export const PROCESS_CASES: readonly AlertCase[] = [
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
