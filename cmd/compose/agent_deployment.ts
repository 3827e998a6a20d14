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

/** Those of the Go version, whose manifests give all of them, and two more. */
export const AGENT_DEPLOYMENT_FLAGS = {
  "no-agent": {
    kind: "switch",
    help: "Deploy no agents, and leave alone those that are there: run vm-dhcp agent on each VM " +
      "network.",
  },
  "no-dhcp": {
    kind: "switch",
    help: "Deploy agents that decide and log, but do not answer DHCP.",
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help: "Namespace of the agents. By default that of the pod of this controller, or that of " +
      "the context of the kubeconfig.",
    env: ["AGENT_NAMESPACE"],
    parse: parseNamespace,
  },
  image: {
    kind: "value",
    placeholder: "IMAGE",
    help: "Container image of the agents, which has this executable as vm-dhcp. Without it, no " +
      "agents are deployed.",
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
      "a pool says otherwise for that one.",
    default: "2",
    parse: parseReplicas,
  },
  "agent-pod-template": {
    kind: "value",
    placeholder: "FILE",
    help: "YAML of a part of a PodTemplateSpec, such as resources, tolerations or " +
      "imagePullSecrets, which is merged into that of the agents.",
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
    log.log("warn", "no agents are deployed: give their image by --image, or say --no-agent");
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
    // Those of the parser go on with a picture of the place.
    const [reason = ""] = messageOf(error).split(/:?\n/);
    throw new CommandError(`cannot read the agent pod template ${path}: ${reason}`, {
      cause: error,
    });
  }
}
