/** What `vm-dhcp status` looks at, in the order in which it is printed. */

import { defined, type JsonObject, objectAt, stringAt } from "../base/json.ts";
import { joinSome } from "../base/sentences.ts";
import { serviceOf, webhooksOf } from "../api/admission_review/webhook_configuration.ts";
import { formatNamespacedName, keyOf, type KubeObject } from "../api/meta.ts";
import type { Finding, StatusQuestion, World } from "./contract.ts";
import { decisiveOf } from "./explanation.ts";
import { Facts } from "./facts.ts";
import { unread, UNREADY_CURE, well, wrong } from "./findings.ts";
import { findGoAgents } from "./questions/go_agents.ts";
import { findLeader } from "./questions/leader.ts";
import { describeUse } from "./questions/pool_state.ts";
import { askPool } from "./subjects/pool.ts";

export const STATUS_QUESTIONS: readonly StatusQuestion[] = [
  {
    code: "CONTROLLER_LEADS",
    holds: "One of the controllers leads, and renews its Lease.",
    ask: (world) => {
      const finding = findLeader(world);
      return finding === undefined ? [] : [{ ...finding, about: "controllers" }];
    },
  },
  {
    code: "STANDALONE_READY",
    holds: "Standalone is ready, and has applied its manifests.",
    ask: ({ isStandalone, unready }) => {
      if (!isStandalone) return [];
      const about = "standalone";
      if (!unready.ok) return [{ ...unread(unready.why), about }];
      if (unready.value.length === 0) return [{ ...well("it is ready"), about }];
      const says = joinSome(unready.value, "; ");
      return [{ ...wrong(says, UNREADY_CURE), about }];
    },
  },
  {
    code: "DEPLOYMENT_READY",
    holds: "All replicas of a Deployment of controllers or webhooks are ready.",
    ask: ({ deployments }) =>
      deployments.ok
        ? deployments.value.map((each) => ({ ...findReplicas(each), about: keyOf(each) }))
        : [{ ...unread(deployments.why), about: "deployments" }],
  },
  {
    code: "POOL_SERVES",
    holds: "A pool serves its VM network: all that `explain pool` asks is well.",
    ask: findPools,
  },
  {
    code: "WEBHOOK_BACKED",
    holds: "Each webhook that API servers ask about our kinds has an endpoint that is ready.",
    ask: findWebhooks,
  },
  {
    code: "GO_AGENT_GONE",
    holds:
      "No pod is left that the Go program made as an agent, unless its pool holds its upgrade.",
    ask: findGoAgents,
  },
];

function findReplicas({ spec, status }: KubeObject): Finding {
  const wanted = numberAt(spec, "replicas", 1);
  const ready = numberAt(status, "readyReplicas", 0);
  const says = `${ready} of ${wanted} replicas are ready`;
  return ready >= wanted ? well(says) : wrong(says, "look at its pods (kubectl describe pod)");
}

function numberAt(value: unknown, key: string, otherwise: number): number {
  const found = typeof value === "object" && value !== null
    ? (value as JsonObject)[key]
    : undefined;
  return typeof found === "number" ? found : otherwise;
}

/** Who leads is a line of its own. */
function findPools(world: World): ReturnType<StatusQuestion["ask"]> {
  const facts = Facts.of(world);
  if (!facts.ok) return [{ ...unread(facts.why), about: "pools" }];
  return facts.value.pools.map((pool) => {
    const checks = askPool(pool, facts.value, world);
    const decisive = decisiveOf(checks.filter(({ code }) => code !== "POOL_CONTROLLED"));
    const agents = checks.find(({ code }) => code === "POOL_AGENT_READY");
    const good = well(
      `serves ${pool.network}: ${describeUse(pool)} addresses in use; ${agents?.says}`,
    );
    if (decisive === undefined) return { ...good, about: pool.key };
    const { says, cure } = decisive;
    const verdict = decisive.verdict === "failed" ? "failed" : "unknown";
    return { verdict, says, ...defined({ cure }), about: pool.key };
  });
}

/** A webhook that has to be asked and that nobody answers stops every change of our objects. */
function findWebhooks(
  { webhookConfigurations, backends, urls }: World,
): ReturnType<StatusQuestion["ask"]> {
  if (!webhookConfigurations.ok) {
    return [{ ...unread(webhookConfigurations.why), about: "webhooks" }];
  }
  return webhookConfigurations.value.flatMap((configuration) => {
    const { kind, metadata: { name } } = configuration;
    const about = `${kind} ${name}`;
    return webhooksOf(configuration).flatMap((webhook) => {
      const url = stringAt(objectAt(webhook, "clientConfig"), "url");
      const silence = urls.get(url);
      if (silence !== undefined) return [{ ...findAt(url, silence, name), about }];
      const service = serviceOf(webhook);
      const key = service === undefined ? "" : formatNamespacedName(service);
      const backend = backends.get(key);
      if (backend === undefined) return [];
      if (!backend.ok) return [{ ...unread(backend.why), about }];
      const says = `${backend.value} endpoints of the Service ${key} are ready`;
      if (backend.value > 0) return [{ ...well(says), about }];
      return [{ ...withoutBackend(webhook, key, `kubectl delete ${kind} ${name}`), about }];
    });
  });
}

/** Whether API servers reach a URL, only they know. */
function findAt(url: string, silence: string, name: string): Finding {
  if (silence === "") return well(`somebody answers at ${url}`);
  return {
    ...unread(`nobody answers at ${url} when it is asked from here: ${silence}`),
    cure: `run vm-dhcp check --webhook ${name}, which has the API server ask; start the webhook`,
  };
}

function withoutBackend(webhook: JsonObject, service: string, removal: string): Finding {
  return stringAt(webhook, "failurePolicy") === "Ignore"
    ? wrong(
      `nothing answers at the Service ${service}: its rules are not applied`,
      `start the webhook, or remove its configuration: ${removal}`,
    )
    : wrong(
      `nothing answers at the Service ${service}, so that every change it is asked about fails`,
      `start the webhook, or remove its configuration: ${removal}`,
    );
}
