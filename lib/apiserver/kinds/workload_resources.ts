/**
 * Pods, Deployments and Secrets as data: they are stored and shown, but not run. They are for clients
 * that also work with a cluster, such as a controller that makes a Deployment.
 */

import type { JsonObject } from "../../base/json.ts";
import {
  isJsonEqual,
  isJsonObject,
  objectAt,
  setOwn,
  stringAt,
  textOf,
  valueAt,
} from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import {
  AGE_COLUMN,
  builtin,
  METADATA_FIELD_LABELS,
  textColumn,
  wideColumn,
} from "./builtin_kind.ts";
import { podStatusWord, readyContainers, restartCount } from "./pod_cells.ts";
import { type Column, NAME_COLUMN, type Resource } from "./resource.ts";
import {
  badRequest,
  forbiddenValue,
  invalidValue,
  requiredValue,
  type StatusCause,
} from "../http/status.ts";
import { DEPLOYMENT, POD, SECRET } from "../schema/builtin_documentation.ts";

const PODS: ResourceType = {
  group: "",
  version: "v1",
  plural: "pods",
  kind: "Pod",
  namespaced: true,
};

const SECRETS: ResourceType = { ...PODS, plural: "secrets", kind: "Secret" };

const DEPLOYMENTS: ResourceType = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
};

/** The text of a cell without a value. */
const NONE = "<none>";

/** Base64 with its padding (RFC 4648 section 4). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;
/** Octets that the values of a Secret may have in all. */
const SECRET_BYTES_MAX = 1024 * 1024;

/** Pods of `v1`. */
export function pods(): Resource {
  return {
    ...builtin(PODS, { shortNames: ["po"] }),
    categories: ["all"],
    documentation: POD,
    hasStatus: true,
    hasGeneration: true,
    initialStatus: { phase: "Pending" },
    fieldLabels: [
      ...METADATA_FIELD_LABELS,
      ...["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"],
      ...["status.phase", "status.podIP"],
    ],
    columns: [
      NAME_COLUMN,
      textColumn("Ready", "How many of its containers are ready.", readyContainers),
      textColumn("Status", "State of the Pod.", podStatusWord),
      textColumn("Restarts", "How often its containers were started again.", restartCount),
      AGE_COLUMN,
      wideColumn("IP", "Its address.", (pod) => textAt(pod, "status.podIP")),
      wideColumn("Node", "Where it runs.", (pod) => textAt(pod, "spec.nodeName")),
      wideColumn(
        "Nominated Node",
        "Where it is to run.",
        (pod) => textAt(pod, "status.nominatedNodeName"),
      ),
      wideColumn("Readiness Gates", "What else it waits for; not followed here.", () => NONE),
    ],
    answersDeletedObject: true,
    validate: (pod) => validateContainers(pod["spec"], "spec"),
  };
}

/** Deployments of `apps/v1`. */
export function deployments(): Resource {
  return {
    ...builtin(DEPLOYMENTS, { shortNames: ["deploy"] }),
    categories: ["all"],
    documentation: DEPLOYMENT,
    hasStatus: true,
    hasGeneration: true,
    initialStatus: {},
    columns: deploymentColumns(),
    complete: (deployment) => {
      const spec = deployment["spec"];
      if (isJsonObject(spec)) spec["replicas"] ??= 1;
    },
    validate: validateDeployment,
    validateUpdate: (before, after) => fixed(before, after, "spec.selector"),
  };
}

function deploymentColumns(): Column[] {
  return [
    NAME_COLUMN,
    textColumn("Ready", "Pods that are ready, of those that are wanted.", (deployment) => {
      const ready = countAt(deployment, "status.readyReplicas");
      return `${ready}/${countAt(deployment, "spec.replicas")}`;
    }),
    textColumn(
      "Up-to-date",
      "Pods that are as the template says now.",
      (deployment) => countAt(deployment, "status.updatedReplicas"),
    ),
    textColumn(
      "Available",
      "Pods that have been ready for a while.",
      (deployment) => countAt(deployment, "status.availableReplicas"),
    ),
    AGE_COLUMN,
    wideColumn("Containers", "Their names.", (deployment) => containersOf(deployment, "name")),
    wideColumn(
      "Images",
      "What they start from.",
      (deployment) => containersOf(deployment, "image"),
    ),
    wideColumn("Selector", "Which Pods are its own.", (deployment) => {
      const labels = Object.entries(objectAt(valueAt(deployment, "spec.selector"), "matchLabels"));
      return labels.map(([key, value]) => `${key}=${value}`).sort().join(",") || NONE;
    }),
  ];
}

/** Secrets of `v1`. */
export function secrets(): Resource {
  return {
    ...builtin(SECRETS, { shortNames: [] }),
    documentation: SECRET,
    fieldLabels: [...METADATA_FIELD_LABELS, "type"],
    columns: [
      NAME_COLUMN,
      textColumn("Type", "What the Secret is for.", (secret) => stringAt(secret, "type")),
      textColumn(
        "Data",
        "How many values it has.",
        (secret) => Object.keys(objectAt(secret, "data")).length,
      ),
      AGE_COLUMN,
    ],
    complete: completeSecret,
    validate: validateSecret,
    validateUpdate: (before, after) => [
      ...fixed(before, after, "type"),
      ...(before["immutable"] === true ? validateImmutable(before, after) : []),
    ],
  };
}

/**
 * Turns texts into data, the only field that is stored and shown.
 *
 * @throws {ApiError} 400 for data that is not base64, and for values of stringData that are not texts.
 */
function completeSecret(secret: JsonObject): void {
  secret["type"] ??= "Opaque";
  for (const [key, value] of Object.entries(objectAt(secret, "data"))) {
    if (typeof value === "string" && BASE64.test(value)) continue;
    throw badRequest(`data[${JSON.stringify(key)}] of the Secret is not base64`);
  }
  const texts = secret["stringData"];
  if (!isJsonObject(texts)) return;
  const data: JsonObject = { ...objectAt(secret, "data") };
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text !== "string") {
      throw badRequest(`stringData[${JSON.stringify(key)}] of the Secret is not a string`);
    }
    setOwn(data, key, new TextEncoder().encode(text).toBase64());
  }
  secret["data"] = data;
  delete secret["stringData"];
}

/** As in a cluster: names are those of files, and all values together are not too large. */
function validateSecret(secret: KubeObject): StatusCause[] {
  const data = objectAt(secret, "data");
  // Three octets of base64 in four characters; the padding stands for octets that are not there.
  const bytes = Object.values(data).reduce<number>((sum, value) => {
    const text = String(value);
    const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    return sum + text.length / 4 * 3 - padding;
  }, 0);
  const tooLong = {
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${SECRET_BYTES_MAX} bytes`,
    field: "data",
  };
  return [
    ...Object.keys(data).filter((key) => key.length > 253 || !SECRET_KEY.test(key)).map((key) =>
      invalidValue(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric " +
          "characters, '-', '_' or '.'",
      )
    ),
    ...(bytes > SECRET_BYTES_MAX ? [tooLong] : []),
  ];
}

function validateImmutable(before: KubeObject, after: KubeObject): StatusCause[] {
  return ["data", "immutable"].flatMap((key) =>
    isJsonEqual(before[key], after[key])
      ? []
      : [forbiddenValue(key, "field is immutable when `immutable` is set")]
  );
}

function validateContainers(spec: unknown, path: string): StatusCause[] {
  const containers = objectAt({ spec }, "spec")["containers"];
  if (!Array.isArray(containers) || containers.length === 0) {
    return [requiredValue(`${path}.containers`)];
  }
  return containers.flatMap((container, i) =>
    ["name", "image"].flatMap((key) =>
      stringAt(container, key) === "" ? [requiredValue(`${path}.containers[${i}].${key}`)] : []
    )
  );
}

function validateDeployment(deployment: KubeObject): StatusCause[] {
  const selector = valueAt(deployment, "spec.selector");
  const wanted = objectAt(selector, "matchLabels");
  const labels = objectAt(valueAt(deployment, "spec.template.metadata"), "labels");
  const matches = selector !== undefined &&
    Object.entries(wanted).every(([key, value]) => labels[key] === value);
  const why = "`selector` does not match template `labels`";
  return [
    ...(selector === undefined ? [requiredValue("spec.selector")] : []),
    ...(matches ? [] : [invalidValue("spec.template.metadata.labels", labels, why)]),
    ...validateContainers(valueAt(deployment, "spec.template.spec"), "spec.template.spec"),
  ];
}

function fixed(before: KubeObject, after: KubeObject, path: string): StatusCause[] {
  const [was, is] = [valueAt(before, path), valueAt(after, path)];
  return isJsonEqual(was, is) ? [] : [invalidValue(path, is, "field is immutable")];
}

function textAt(object: KubeObject, path: string): string {
  return textOf(valueAt(object, path) || NONE);
}

function countAt(object: KubeObject, path: string): number {
  const count = valueAt(object, path);
  return typeof count === "number" ? count : 0;
}

function containersOf(deployment: KubeObject, key: string): string {
  const containers = valueAt(deployment, "spec.template.spec.containers");
  return Array.isArray(containers)
    ? containers.map((container) => stringAt(container, key)).join(",")
    : "";
}
