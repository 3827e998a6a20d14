/** Where an agent serves its report. */

import { type ListenAddress, parseListenAddress, parseText } from "../../cli/flag_values.ts";
import { type Environment, UsageError } from "../../cli/flags.ts";
import { addressInPod } from "./pod_listener.ts";

export const REPORT_FLAGS = {
  report: {
    kind: "value",
    placeholder: "ADDR:PORT",
    help:
      "Serve GET /report over HTTPS on this address: what this agent has seen on the VM network. A " +
      "request needs the token. As with --http, VMs do not reach it.",
    parse: parseListenAddress,
  },
  "report-credentials": {
    kind: "value",
    placeholder: "DIR",
    help:
      "Folder with tls.crt, tls.key and token for --report. They are read again when they change.",
    parse: parseText,
  },
} as const;

/** Where the report is served, and with what. */
export interface ReportPlace {
  readonly address: ListenAddress;
  readonly folder: string;
  /** Name of the agent; the host's when it has none. */
  readonly name: string | undefined;
}

/** The place that flags name. @throws {UsageError} when only one of the two is there. */
export function reportPlaceOf(
  { report, "report-credentials": folder, name }: {
    readonly report: ListenAddress | undefined;
    readonly "report-credentials": string | undefined;
    readonly name: string | undefined;
  },
  env: Environment,
): ReportPlace | undefined {
  if (report === undefined && folder === undefined) return undefined;
  if (report === undefined || folder === undefined) {
    throw new UsageError("--report and --report-credentials go together: give both or none");
  }
  return { address: addressInPod(report, env), folder, name };
}
