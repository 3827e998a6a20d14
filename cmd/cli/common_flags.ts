/** Flags that several commands share. */

import type { LogFormat, LogLevel } from "../../lib/observe/logger.ts";
import {
  type ListenAddress,
  parseChoice,
  parseDuration,
  parseListenAddress,
  parseText,
} from "./flag_values.ts";
import type { SwitchFlag, ValueFlag } from "./flags.ts";

/** Most severe last. */
const LEVELS = ["debug", "info", "warn", "error"] as const;
const FORMATS = ["text", "json"] as const;

/** The flags of the log. */
interface LogFlags {
  readonly "log-level": ValueFlag<LogLevel> & { readonly default: string };
  readonly "log-format": ValueFlag<LogFormat>;
  readonly debug: SwitchFlag;
}

/**
 * What is logged, and how. `--debug`, also `--trace`: the Go version had two levels of detail.
 *
 * @param envPrefix Of the variables of the command.
 * @param details What of level debug is worth a word.
 */
export function logFlags(
  envPrefix?: string,
  details = "such as requests that are tried again",
): LogFlags {
  const envOf = (...names: readonly string[]) =>
    envPrefix === undefined ? {} : { env: names.map((name) => `${envPrefix}_${name}`) };
  return {
    "log-level": {
      kind: "value",
      placeholder: LEVELS.join("|"),
      help: "Log what is at least as severe.",
      default: "info",
      choices: LEVELS,
      parse: (text) => parseChoice(text, LEVELS),
      ...envOf("LOG_LEVEL"),
    },
    "log-format": {
      kind: "value",
      placeholder: FORMATS.join("|"),
      choices: FORMATS,
      help: "How a line is written. By default text on a terminal, and JSON anywhere else.",
      parse: (text) => parseChoice(text, FORMATS),
      ...envOf("LOG_FORMAT"),
    },
    debug: {
      kind: "switch",
      help: `The same as --log-level debug: log details, ${details}.`,
      alias: "trace",
      ...envOf("DEBUG", "TRACE"),
    },
  };
}

/** {@link logFlags} of commands that answer packets. */
export function packetLogFlags(envPrefix?: string): LogFlags {
  return logFlags(
    envPrefix,
    "such as the outcome of each packet, and measure how long each stage of a reply takes",
  );
}

/** What the flags ask for; of level and `--debug` the one with more detail. */
export function logSettingsOf(
  values: {
    readonly "log-level": LogLevel;
    readonly "log-format": LogFormat | undefined;
    readonly debug: boolean;
  },
): { readonly level: LogLevel; readonly format: LogFormat | undefined } {
  return { level: values.debug ? "debug" : values["log-level"], format: values["log-format"] };
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

/** How a command prints its answer: for people or for programs. */
export const OUTPUT_FLAG = {
  kind: "value",
  placeholder: "FORM",
  help: "Print the answer as text or as json.",
  short: "o",
  default: "text",
  choices: FORMATS,
  parse: (text) => parseChoice(text, FORMATS),
} as const satisfies ValueFlag<(typeof FORMATS)[number]>;

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
