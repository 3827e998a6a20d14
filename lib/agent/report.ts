/** What an agent tells the controller. */

import { formatInstant } from "../base/rfc3339.ts";
import { defined } from "../base/json.ts";
import { terminalText } from "../base/terminal_text.ts";
import type { MacAddress } from "../net/mac_address.ts";
import {
  type AgentReport,
  REPORTED_LAST_SEEN_MAX,
  REPORTED_SENTENCE_MAX,
} from "../reconcile/agent_report.ts";
import type { AgentStatus } from "../reconcile/agent_status.ts";
import type { Agent } from "./agent.ts";
import type { WireMemory } from "./wire/wire_memory.ts";

/** Which agent reports. */
export interface Reporter {
  readonly agent: Pick<Agent, "table" | "status" | "resourceVersion" | "staleSinceMs"> & {
    readonly wire: Pick<WireMemory, "report" | "lastSeenOf" | "latest">;
  };
  /** `namespace/name`. */
  readonly poolKey: string;
  /** Name of the pod. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
}

/** What the controller wants to know besides. */
export interface ReportQuery {
  /** Also when clients were last seen. */
  readonly lastSeen: boolean;
  /** Of this client only. */
  readonly mac?: MacAddress | undefined;
}

/** Makes a report. */
export function agentReportOf(
  { agent, poolKey, instance, startedMs }: Reporter,
  { lastSeen, mac }: ReportQuery,
): AgentReport {
  const { table, status, wire, resourceVersion, staleSinceMs } = agent;
  return {
    pool: poolKey,
    // The name of a pod has no other characters, and the reader of the report refuses them.
    instance: instance.replace(/[^-.\w]/g, "-").slice(0, 253) || "agent",
    startedAt: formatInstant(startedMs),
    ...defined({
      resourceVersion,
      staleSince: staleSinceMs === undefined ? undefined : formatInstant(staleSinceMs),
      unready: unreadyOf(status),
    }),
    ...wire.report(table),
    ...(lastSeen ? lastSeenOf(wire, mac) : {}),
  };
}

/** Others repeat it, so it is one line that steers no terminal. */
function unreadyOf({ ready, message }: AgentStatus): string | undefined {
  if (ready) return undefined;
  return terminalText(message.replaceAll(/\s+/g, " ")).slice(0, REPORTED_SENTENCE_MAX);
}

function lastSeenOf(wire: Reporter["agent"]["wire"], mac: MacAddress | undefined) {
  if (mac !== undefined) {
    const seen = wire.lastSeenOf(mac);
    return { lastSeen: seen === undefined ? [] : [seen] };
  }
  const { lastSeen, leftOut } = wire.latest(REPORTED_LAST_SEEN_MAX);
  return { lastSeen, lastSeenLeftOut: leftOut };
}
