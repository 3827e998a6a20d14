/** `vm-dhcp check` */

import { messageOf } from "../lib/base/errors.ts";
import type { Clock } from "../lib/base/clock.ts";
import type { KubeObject } from "../lib/api/meta.ts";
import { apiVersionOf, IPPOOLS } from "../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../lib/kube/contract.ts";
import { createKubeClient, formatUserAgent } from "../lib/kube/client/rest_client.ts";
import { readPodNamespace } from "../lib/kube/access/load_cluster_access.ts";
import { type Command, CommandError } from "./cli/command.ts";
import { VERSION } from "./cli/build.ts";
import { CLUSTER_FLAGS } from "./cli/common_flags.ts";
import { parseNamespace } from "./cli/flag_values.ts";
import { type FlagTable, parseFlags, UsageError } from "./cli/flags.ts";
import { loadAccess } from "./compose/cluster.ts";
import { APPLY_DEFINITIONS } from "./compose/definitions.ts";
import { keepForCluster } from "./compose/permissions.ts";
import { createProcessParts } from "./compose/process_parts.ts";

/** What has just been installed may still be on its way. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 1000;
const ANSWER_MS_MAX = 5000;

const FLAGS = {
  ...CLUSTER_FLAGS,
  controller: {
    kind: "value",
    placeholder: "HOST:PORT",
    help: "Where the controller serves /readyz. Without it, the controller is not asked.",
    parse: parseHostAndPort,
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help:
      "Namespace of the IPPool that is tried. By default that of the pod; outside of a pod that " +
      "of the kubeconfig's context, or else default.",
    parse: parseNamespace,
  },
} as const satisfies FlagTable;

export const checkCommand: Command = {
  name: "check",
  description:
    "Asks a controller whether it is ready, and the API server whether it takes an IPPool with fields\n" +
    "of this version. Nothing is made: the request is a dry run. What fails is tried again for half a\n" +
    "minute; then the command says what is wrong and ends with status 1.",
  synopsis: "check [flags]",
  flags: FLAGS,
  example: "  vm-dhcp check --controller localhost:8080 --namespace default",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run({ args, env, signal, print }) {
    const options = parseFlags(FLAGS, args, env);
    const parts = createProcessParts("warn");
    const access = await loadAccess(options, env);
    keepForCluster(access, parts, ["env", "net", "read", "sys"]);
    const client = createKubeClient(access, {
      ...parts,
      userAgent: formatUserAgent(VERSION, "check"),
    });
    const { controller } = options;
    const namespace = options.namespace ?? await readPodNamespace() ?? access.namespace ??
      "default";
    try {
      const problems = (await Promise.all([
        controller && untilNothing(() => askController(controller), parts.clock, signal),
        untilNothing(() => tryPool(client, namespace), parts.clock, signal),
      ])).filter((problem) => problem !== undefined);
      if (problems.length > 0) throw new CommandError(problems.join("; "));
    } finally {
      client.close();
    }
    if (controller !== undefined) print(`the controller at ${controller} is ready`);
    print(`the API server takes an IPPool in the namespace ${namespace}`);
  },
};

/** `HOST:PORT`; an IPv6 address may be without its brackets. */
function parseHostAndPort(text: string): string {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const address = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  if (port === "" || !URL.canParse(`http://${address}`)) {
    throw new UsageError("is not of the form HOST:PORT");
  }
  return address;
}

/** Tries until there is no problem. @returns The last one when they do not end. */
async function untilNothing(
  attempt: () => Promise<string | undefined>,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const endMs = clock.monotonicMs() + LIMIT_MS;
  for (;;) {
    const problem = await attempt();
    if (problem === undefined || clock.monotonicMs() >= endMs || signal.aborted) return problem;
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function askController(address: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(`http://${address}/readyz`, { signal, redirect: "error" });
    const text = await response.text();
    return response.ok ? undefined : `the controller at ${address} is not ready: ${text.trim()}`;
  } catch (error) {
    return `the controller at ${address} does not answer: ${messageOf(error)}`;
  }
}

async function tryPool(client: KubeClient, namespace: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const options = { dryRun: true, refusesUnknownFields: true, signal } as const;
    await client.create(IPPOOLS, samplePool(namespace), options);
    return undefined;
  } catch (error) {
    const what = `the API server takes no IPPool in the namespace ${namespace}`;
    const isOld = isStatus(error, 400) && /unknown field/.test(error.message);
    if (isStatus(error, 404) || isOld) {
      return `${what}: the CustomResourceDefinitions are missing or old; run: ${APPLY_DEFINITIONS}`;
    }
    return `${what}: ${messageOf(error)}`;
  }
}

/** Addresses of documentation (RFC 5737). The MTU is not in the definitions of the Go program. */
function samplePool(namespace: string): KubeObject {
  return {
    apiVersion: apiVersionOf(IPPOOLS),
    kind: IPPOOLS.kind,
    metadata: { name: `check-${crypto.randomUUID()}`, namespace },
    spec: {
      networkName: `${namespace}/check`,
      ipv4Config: {
        serverIP: "192.0.2.1",
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.20" },
        mtu: 1500,
      },
    },
  };
}
