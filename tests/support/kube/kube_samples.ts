/** Objects of Kubernetes and parts of them, for tests of the client and its caches. */

import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";

/** A namespaced kind of the core group. */
export const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

/** A ConfigMap with a version and one field of data. */
export function configMap(name: string, resourceVersion: number, value = ""): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: String(resourceVersion),
    },
    data: { value },
  };
}

/** The body of a list. */
export function configMapList(
  items: readonly KubeObject[],
  resourceVersion: number,
  continueToken = "",
) {
  return {
    apiVersion: "v1",
    kind: "ConfigMapList",
    metadata: { resourceVersion: String(resourceVersion), continue: continueToken },
    items,
  };
}

/** The body of a failure. */
export function statusBody(code: number, reason: string, message = `it is ${reason}`) {
  return { apiVersion: "v1", kind: "Status", status: "Failure", code, reason, message };
}
