/** What the command line says about the agents that a controller deploys. */

import { messageOf } from "../../lib/base/errors.ts";
import type { AgentDeployment } from "../../lib/controller/agents/agents_controller.ts";
import { readPodNamespace } from "../../lib/kube/access/load_cluster_access.ts";
import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import { readFileOrOutput } from "../../lib/kube/access/text_file.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { AGENT_REPLICAS_MAX } from "../../lib/reconcile/agent_deployment/agent_choices.ts";
import type { AgentPodTemplate } from "../../lib/reconcile/agent_deployment/agent_world.ts";
import { parseAgentPodTemplate } from "../../lib/reconcile/agent_deployment/template/pod_template.ts";
import { CommandError } from "../cli/command.ts";
import { parseImage, parseNamespace, parseObjectName, parseText } from "../cli/flag_values.ts";
import { type FlagTable, type FlagValues, UsageError } from "../cli/flags.ts";

/** The flags of the Go version, all of which its manifests set, and two more. */
export const AGENT_DEPLOYMENT_FLAGS = {
  "no-agent": {
    kind: "switch",
    help: "Deploy no agents, and leave existing ones alone. Run vm-dhcp agent on each VM network " +
      "yourself.",
  },
  "no-dhcp": {
    kind: "switch",
    help: "Deploy agents that decide and log, but do not answer DHCP.",
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help: "Namespace of the agents. By default that of the pod of this controller; outside of a " +
      "pod that of the kubeconfig's context, or else default.",
    env: ["AGENT_NAMESPACE"],
    parse: parseNamespace,
  },
  image: {
    kind: "value",
    placeholder: "IMAGE",
    help: "Container image of the agents, with this executable as vm-dhcp in its PATH. Without " +
      "it, no new agents are deployed.",
    env: ["AGENT_IMAGE"],
    parse: parseImage,
  },
  "service-account-name": {
    kind: "value",
    placeholder: "NAME",
    help: "ServiceAccount of all agents, which needs the rights to get, list and watch IPPools. " +
      "By default each pool gets a ServiceAccount for its agents that may read this pool only.",
    env: ["AGENT_SERVICE_ACCOUNT_NAME"],
    parse: parseObjectName,
  },
  "agent-replicas": {
    kind: "value",
    placeholder: "NUMBER",
    help: "Agents of each pool, 1 to 5. The annotation network.harvesterhci.io/agent-replicas of " +
      "a pool overrides it for that pool.",
    default: "2",
    parse: parseReplicas,
  },
  "agent-pod-template": {
    kind: "value",
    placeholder: "FILE",
    help: "YAML file with part of a PodTemplateSpec, such as resources, tolerations or " +
      "imagePullSecrets. It is merged into the template of the agents.",
    parse: parseText,
  },
} as const satisfies FlagTable;

/** @throws {UsageError} for another number, or none. */
function parseReplicas(text: string): number {
  if (/^[1-9]$/.test(text) && Number(text) <= AGENT_REPLICAS_MAX) return Number(text);
  throw new UsageError(`is not a number from 1 to ${AGENT_REPLICAS_MAX}`);
}

/**
 * What the flags ask for; `undefined` where others run the agents.
 *
 * @throws {CommandError} when the template cannot be used.
 */
export async function agentDeploymentOf(
  options: FlagValues<typeof AGENT_DEPLOYMENT_FLAGS>,
  access: ClusterAccess,
  log: Logger,
): Promise<AgentDeployment | undefined> {
  if (options["no-agent"]) return undefined;
  const { image } = options;
  if (image === undefined) {
    log.log("warn", "no agents are deployed: name their image with --image, or give --no-agent");
  }
  const namespace = options.namespace ?? await readPodNamespace() ?? access.namespace ?? "default";
  return {
    settings: {
      namespace,
      image,
      replicas: options["agent-replicas"],
      serviceAccountName: options["service-account-name"],
      dryRun: options["no-dhcp"],
      template: await templateOf(options["agent-pod-template"]),
    },
  };
}

async function templateOf(path: string | undefined): Promise<AgentPodTemplate | undefined> {
  if (path === undefined) return undefined;
  const template = parseAgentPodTemplate(await readYaml(path));
  if (template.ok) return template.value;
  const faults = template.errors.map(({ field, message }) => `${field || "it"}: ${message}`);
  throw new CommandError(`the agent pod template ${path} cannot be used: ${faults.join("; ")}`);
}

async function readYaml(path: string): Promise<unknown> {
  try {
    const { parse } = await import("yaml");
    return parse(await readFileOrOutput(path));
  } catch (error) {
    // The parser adds an excerpt of the file on lines of its own.
    const [reason = ""] = messageOf(error).split(/:?\n/);
    throw new CommandError(`cannot read the agent pod template ${path}: ${reason}`, {
      cause: error,
    });
  }
}
