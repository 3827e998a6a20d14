/** How a controller in a cluster asks its agents what they see. */

import type { AgentReportSources } from "../../../lib/controller/agents/report/agent_reports.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import type { AgentSettings } from "../../../lib/reconcile/agent_deployment/agent_world.ts";
import type { ProcessParts } from "../process_parts.ts";
import { fetchReport } from "./report_request.ts";
import { ClusterReportSecrets } from "./report_secrets.ts";

/** Over TLS, with what stands in Secrets beside the agents. */
export function createAgentReports(
  client: KubeClient,
  { namespace }: Pick<AgentSettings, "namespace">,
  { clock }: Pick<ProcessParts, "clock">,
): AgentReportSources {
  return { secrets: new ClusterReportSecrets({ client, namespace, clock }), fetchReport };
}
