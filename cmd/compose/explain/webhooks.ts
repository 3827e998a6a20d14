/** Reads the webhooks that API servers ask about our kinds, and whether somebody answers them. */

import { isJsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import { serviceOf, webhooksOf } from "../../../lib/api/admission_review/webhook_configuration.ts";
import {
  formatNamespacedName,
  type KubeObject,
  type NamespacedName,
} from "../../../lib/api/meta.ts";
import {
  ENDPOINT_SLICES,
  IPPOOLS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../../lib/api/resources.ts";
import type { Objects, Reading, World } from "../../../lib/explain/contract.ts";
import { reasonOfFetch } from "../../../lib/kube/client/transport/transport_error.ts";
import type { ObjectReader } from "./reading.ts";

/** What does not answer within this time does not answer API servers either. */
const ANSWER_MS_MAX = 5000;

/** Those that API servers ask about our kinds. */
export async function readWebhooks(reader: ObjectReader): Promise<Objects<KubeObject>> {
  const lists = await Promise.all(
    [VALIDATING_WEBHOOK_CONFIGURATIONS, MUTATING_WEBHOOK_CONFIGURATIONS]
      .map(async (type) => await reader.list(type)),
  );
  const items: KubeObject[] = [];
  for (const list of lists) {
    if (!list.ok) return list;
    items.push(...list.value.filter(isAboutUs));
  }
  return { ok: true, value: items };
}

function isAboutUs(configuration: KubeObject): boolean {
  return webhooksOf(configuration).some((webhook) => {
    const rules = Array.isArray(webhook.rules) ? webhook.rules : [];
    return rules.some((rule) =>
      isJsonObject(rule) && Array.isArray(rule.apiGroups) && rule.apiGroups.includes(IPPOOLS.group)
    );
  });
}

/** Who answers at the Services and at the URLs that webhooks name. */
export async function readAnswering(
  reader: ObjectReader,
  configurations: Objects<KubeObject>,
  signal: AbortSignal,
): Promise<Pick<World, "backends" | "urls">> {
  const webhooks = (configurations.ok ? configurations.value : []).flatMap(webhooksOf);
  const configs = webhooks.map((webhook) => objectAt(webhook, "clientConfig"));
  const services = webhooks.flatMap((webhook) => serviceOf(webhook) ?? [])
    .map((name) => [formatNamespacedName(name), name] as const);
  const bundles = new Map(
    configs.filter((config) => stringAt(config, "url") !== "")
      .map((config) => [stringAt(config, "url"), stringAt(config, "caBundle")]),
  );
  const [backends, urls] = await Promise.all([
    Promise.all(
      [...new Map(services)].map(async ([key, name]) =>
        [key, await countEndpoints(reader, name)] as const
      ),
    ),
    Promise.all(
      [...bundles].map(async ([url, bundle]) =>
        [url, await silenceAt(url, bundle, signal)] as const
      ),
    ),
  ]);
  return { backends: new Map(backends), urls: new Map(urls) };
}

/** Why nobody answers at a URL who has a certificate that API servers trust; empty when somebody does. */
async function silenceAt(url: string, caBundle: string, signal: AbortSignal): Promise<string> {
  try {
    const caCerts = caBundle === "" ? [] : [atob(caBundle)];
    using client = Deno.createHttpClient({ caCerts, http2: false });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    const response = await fetch(url, { client, signal: limit, redirect: "manual" });
    await response.body?.cancel();
    return "";
  } catch (error) {
    return reasonOfFetch(error);
  }
}

async function countEndpoints(
  reader: ObjectReader,
  { namespace, name }: NamespacedName,
): Promise<Reading<number>> {
  const slices = await reader.list(ENDPOINT_SLICES, {
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  if (!slices.ok) return slices;
  const endpoints = slices.value.flatMap(({ endpoints }) =>
    Array.isArray(endpoints) ? endpoints : []
  );
  // Absent means that nobody knows better (discovery.k8s.io/v1, EndpointConditions).
  const ready = endpoints.filter((each) => objectAt(each, "conditions").ready !== false);
  return { ok: true, value: ready.length };
}
