/** Flags that several commands share. */

import type { LogLevel } from "../../lib/observe/logger.ts";
import { type ListenAddress, parseDuration, parseListenAddress, parseText } from "./flag_values.ts";
import { type SwitchFlag, UsageError, type ValueFlag } from "./flags.ts";

/** `--debug`, also `--trace`: the Go version had two levels of detail. */
export function debugFlag(envPrefix?: string): SwitchFlag {
  return {
    kind: "switch",
    help: "Log details, such as the outcome of each packet.",
    alias: "trace",
    ...(envPrefix === undefined ? {} : { env: [`${envPrefix}_DEBUG`, `${envPrefix}_TRACE`] }),
  };
}

/** {@link debugFlag} of commands that answer packets. */
export function packetDebugFlag(envPrefix?: string): SwitchFlag {
  return {
    ...debugFlag(envPrefix),
    help: "Log details, such as the outcome of each packet, and measure how long each stage of a " +
      "reply takes.",
  };
}

/** A log of who got which address when. */
export function logLeasesFlag(envPrefix?: string): SwitchFlag {
  return {
    kind: "switch",
    help:
      "Log each message of a client and each reply, with MAC, address, host name and interface.",
    ...(envPrefix === undefined ? {} : { env: [`${envPrefix}_LOG_LEASES`] }),
  };
}

/** The level that {@link debugFlag} asks for. */
export function logLevelOf(values: { readonly debug: boolean }): LogLevel {
  return values.debug ? "debug" : "info";
}

/**
 * The address of the HTTP endpoints, and the clients that may read the dumps.
 *
 * @param dumps Paths of the dumps that the command has.
 */
export function httpFlags<const D extends string>(
  defaultAddress: D,
  dumps: readonly string[],
): {
  readonly http: ValueFlag<ListenAddress> & { readonly default: D };
  readonly "enable-cache-dump-api": SwitchFlag;
} {
  return {
    http: {
      kind: "value",
      placeholder: "ADDR:PORT",
      help: `Serve ${listOf(["/healthz", "/readyz", "/metrics", ...dumps])} on this address.`,
      default: defaultAddress,
      parse: parseListenAddress,
    },
    "enable-cache-dump-api": {
      kind: "switch",
      help: `Serve ${listOf(dumps)} to other hosts, too. This host may always read them.`,
    },
  };
}

/** Leaves the series of NICs out. */
export const NIC_METRICS_FLAG = {
  kind: "switch",
  help: "Leave out the metric vmdhcpcontroller_vmnetcfg_status, which has a series for each NIC. " +
    "It is left out in any case while there are more than 10,000.",
} as const satisfies SwitchFlag;

/** How long freed addresses rest. */
export const REUSE_GRACE_FLAG = {
  kind: "value",
  placeholder: "DURATION",
  help: "Give a freed address to nobody else for this long while others are free, such as 1h. " +
    "By default the lease time of its pool.",
  parse: parseDuration,
} as const satisfies ValueFlag<number>;

function listOf(items: readonly string[]): string {
  return items.join(", ").replace(/, ([^,]*)$/, " and $1");
}

/** Choose the cluster, by the rules of kubectl. */
export const CLUSTER_FLAGS = {
  kubeconfig: {
    kind: "value",
    placeholder: "FILE",
    help: "Kubeconfig of the cluster. By default the files of KUBECONFIG, ~/.kube/config, or the " +
      "service account of the pod.",
    parse: parseText,
  },
  kubecontext: {
    kind: "value",
    placeholder: "NAME",
    help: "Context of the kubeconfig. By default the current one.",
    env: ["KUBECONTEXT"],
    parse: parseText,
  },
} as const;

const FORMS = ["text", "json"] as const;

/** How a command prints its answer: for people or for programs. */
export const OUTPUT_FLAG = {
  kind: "value",
  placeholder: "FORM",
  help: "Print the answer as text or as json.",
  short: "o",
  default: "text",
  choices: FORMS,
  parse: parseForm,
} as const satisfies ValueFlag<(typeof FORMS)[number]>;

function parseForm(text: string): (typeof FORMS)[number] {
  const form = FORMS.find((each) => each === text);
  if (form === undefined) throw new UsageError("is neither text nor json");
  return form;
}

/** A name for this process in logs and Events. */
export function nameFlag(env: string): ValueFlag<string> {
  return {
    kind: "value",
    placeholder: "NAME",
    help: "Name of this process in its log and in Events.",
    env: [env],
    parse: parseText,
  };
}
