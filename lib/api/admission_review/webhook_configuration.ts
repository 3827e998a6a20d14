/** What configurations tell API servers of webhooks, which others may have written. */

import { isJsonObject, type JsonObject, objectAt, stringAt } from "../../base/json.ts";
import type { KubeObject, NamespacedName } from "../meta.ts";

/** The webhooks of a configuration; none of one that is not there. */
export function webhooksOf(configuration: KubeObject | undefined): readonly JsonObject[] {
  const webhooks = configuration?.webhooks;
  return Array.isArray(webhooks) ? webhooks.filter(isJsonObject) : [];
}

/** The Service at which a webhook is asked; `undefined` where it is asked at a URL. */
export function serviceOf(webhook: JsonObject): NamespacedName | undefined {
  const service = objectAt(objectAt(webhook, "clientConfig"), "service");
  const name = stringAt(service, "name");
  return name === "" ? undefined : { namespace: stringAt(service, "namespace"), name };
}
