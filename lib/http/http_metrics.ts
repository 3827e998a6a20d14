/** What listeners tell about themselves. */

import type { MetricRegistry } from "../observe/metrics.ts";
import { CUT_REASONS, type CutReason } from "./connection_table.ts";
import { type MemoryBudget, PROCESS_BUDGET } from "./memory_budget.ts";

/** Counts of one listener. */
export interface HttpMetrics {
  listening(listens: boolean): void;
  connections(open: number): void;
  cut(reason: CutReason): void;
  acceptFailed(): void;
}

/** Makes the metrics of a listener. @param listener Its name, for the label. */
export function createHttpMetrics(
  registry: MetricRegistry,
  listener: string,
  budget: MemoryBudget = PROCESS_BUDGET,
): HttpMetrics {
  const listening = registry.gauge({
    name: "vmdhcp_http_listening",
    help: "1 while the port is listened on, else 0.",
    labelNames: ["listener"],
  });
  const connections = registry.gauge({
    name: "vmdhcp_http_connections",
    help: "Connections that are open.",
    labelNames: ["listener"],
  });
  const cuts = registry.counter({
    name: "vmdhcp_http_connections_cut_total",
    help: "Connections that the server closed because of a limit.",
    labelNames: ["listener", "reason"],
  });
  const acceptErrors = registry.counter({
    name: "vmdhcp_http_accept_errors_total",
    help: "Connections that could not be accepted; they are tried again.",
    labelNames: ["listener"],
  });
  const held = registry.gauge({
    name: "vmdhcp_http_held_bytes",
    help: "Memory that waits for clients: unread answers and events, and bodies on their way.",
  });
  listening.set(0, { listener });
  connections.set(0, { listener });
  for (const reason of CUT_REASONS) cuts.inc({ listener, reason }, 0);
  acceptErrors.inc({ listener }, 0);
  registry.beforeRead(() => held.set(budget.bytes));
  return {
    listening: (listens) => listening.set(listens ? 1 : 0, { listener }),
    connections: (open) => connections.set(open, { listener }),
    cut: (reason) => cuts.inc({ listener, reason }),
    acceptFailed: () => acceptErrors.inc({ listener }),
  };
}
