/** What the command line says about the agents that a controller deploys. */

import type { Logger } from "../../lib/observe/logger.ts";
import { parseImage, parseNamespace, parseObjectName } from "../cli/flag_values.ts";
import type { FlagTable, FlagValues } from "../cli/flags.ts";

/** The flags of the Go version, whose manifests give all of them. */
export const AGENT_DEPLOYMENT_FLAGS = {
  "no-agent": {
    kind: "switch",
    help: "Deploy no agents. This version never does; without this flag, it says so in its log.",
  },
  "no-dhcp": {
    kind: "switch",
    help: "Deploy agents that do not answer DHCP. Without effect in this version.",
  },
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help: "Namespace of the agents. Checked, but without effect in this version.",
    env: ["AGENT_NAMESPACE"],
    parse: parseNamespace,
  },
  image: {
    kind: "value",
    placeholder: "IMAGE",
    help: "Container image of the agents. Checked, but without effect in this version.",
    env: ["AGENT_IMAGE"],
    parse: parseImage,
  },
  "service-account-name": {
    kind: "value",
    placeholder: "NAME",
    help: "ServiceAccount of the agents. Checked, but without effect in this version.",
    env: ["AGENT_SERVICE_ACCOUNT_NAME"],
    parse: parseObjectName,
  },
} as const satisfies FlagTable;

/** Says once that no agents are deployed, where they are expected. */
export function describeMissingAgents(
  options: FlagValues<typeof AGENT_DEPLOYMENT_FLAGS>,
  log: Logger,
): void {
  if (options["no-agent"]) return;
  log.log("warn", "this version deploys no agents: run vm-dhcp agent on each VM network", {
    namespace: options.namespace,
    image: options.image,
    serviceAccountName: options["service-account-name"],
    dryRun: options["no-dhcp"],
  });
}
