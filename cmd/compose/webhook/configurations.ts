/** The two objects by which an API server knows which changes to ask about, whom it asks and whom it trusts. */

import { isJsonEqual, isJsonObject, type JsonObject, objectAt } from "../../../lib/base/json.ts";
import { webhooksOf } from "../../../lib/api/admission_review/webhook_configuration.ts";
import type {
  KubeObject,
  ObjectMeta,
  OwnerReference,
  ResourceType,
} from "../../../lib/api/meta.ts";
import {
  apiVersionOf,
  IPPOOLS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { PATHS } from "../../../lib/webhook/webhook_handler.ts";
import { ownersWith } from "./owner.ts";

/** Nobody waits for longer than this for an answer. */
const TIMEOUT_SECONDS = 5;

/** By which the chart tells these configurations from those of the Go version, which have the same name. */
const MARK = { "app.kubernetes.io/managed-by": "vm-dhcp" } as const;

/** Where API servers find the webhook, and of what they do not ask it. */
export interface WebhookPlace {
  /** Of the configurations, of the Service, and in the names of the entries. */
  readonly name: string;
  readonly namespace: string;
  /** Asked instead of the Service, such as `https://10.0.0.5:8443`. */
  readonly url?: string | undefined;
  /** The users whose changes are not judged. */
  readonly trustedUsers: readonly string[];
}

/** A configuration as it should be, besides what others have added to its metadata. */
export interface WantedConfiguration {
  readonly type: ResourceType;
  readonly webhook: JsonObject;
}

/** Both configurations, without the authorities that are trusted. */
export function wantedConfigurations(place: WebhookPlace): readonly WantedConfiguration[] {
  const { name, namespace } = place;
  return [
    {
      type: VALIDATING_WEBHOOK_CONFIGURATIONS,
      webhook: {
        ...common(place, PATHS.validation),
        name: `validator.${namespace}.${name}`,
        failurePolicy: "Fail",
        rules: [
          ruleFor(IPPOOLS, ["CREATE", "UPDATE", "DELETE"]),
          ruleFor(VIRTUAL_MACHINE_NETWORK_CONFIGS, ["CREATE", "UPDATE"]),
        ],
      },
    },
    {
      type: MUTATING_WEBHOOK_CONFIGURATIONS,
      webhook: {
        ...common(place, PATHS.mutation),
        name: `mutator.${namespace}.${name}`,
        failurePolicy: "Ignore",
        reinvocationPolicy: "Never",
        rules: [ruleFor(IPPOOLS, ["CREATE"])],
      },
    },
  ];
}

/** Every field has a value, so that what the API server fills in is no difference. */
function common({ name, namespace, url, trustedUsers }: WebhookPlace, path: string): JsonObject {
  return {
    admissionReviewVersions: ["v1"],
    clientConfig: url === undefined
      ? { service: { name, namespace, path, port: 443 } }
      : { url: `${url}${path}` },
    matchPolicy: "Equivalent",
    sideEffects: "None",
    timeoutSeconds: TIMEOUT_SECONDS,
    namespaceSelector: {},
    objectSelector: {},
    // Not asked at all, so these go on while no webhook answers: a finalizer that is taken away, and
    // whatever the controller writes.
    matchConditions: [
      {
        name: "not-trusted",
        expression: `!(request.userInfo.username in [${
          trustedUsers.map((user) => JSON.stringify(user)).join(", ")
        }])`,
      },
      {
        name: "specification-changes",
        expression: "request.operation != 'UPDATE' || !has(object.spec) || " +
          "!has(oldObject.spec) || object.spec != oldObject.spec",
      },
    ],
  };
}

/** Neither status nor any other subresource. */
function ruleFor(
  { group, version, plural }: ResourceType,
  operations: readonly string[],
): JsonObject {
  return {
    apiGroups: [group],
    apiVersions: [version],
    resources: [plural],
    operations,
    scope: "Namespaced",
  };
}

/** The configuration to write; `undefined` when the stored one is as it should be. */
export function configurationToWrite(
  { type, webhook }: WantedConfiguration,
  { name, caBundle, owner, stored }: {
    readonly name: string;
    /** PEM of the authorities; absent to leave alone what is there. */
    readonly caBundle: string | undefined;
    readonly owner: OwnerReference | undefined;
    readonly stored: KubeObject | undefined;
  },
): KubeObject | undefined {
  const ca = caBundle === undefined
    ? clientConfigOf(stored)["caBundle"]
    : new TextEncoder().encode(caBundle).toBase64();
  const clientConfig = {
    ...webhook["clientConfig"] as JsonObject,
    ...(ca === undefined ? {} : { caBundle: ca }),
  };
  const wanted = { ...webhook, clientConfig };
  const owners = ownersWith(owner, stored?.metadata.ownerReferences);
  const isOwned = owners.length === (stored?.metadata.ownerReferences ?? []).length;
  const isMarked = hasFieldsOf(stored?.metadata.labels, MARK);
  const webhooks = webhooksOf(stored);
  const isWanted = webhooks.length === 1 && hasFieldsOf(webhooks[0], wanted);
  if (isOwned && isMarked && isWanted) return undefined;
  const metadata: ObjectMeta = {
    ...stored?.metadata,
    name,
    labels: { ...stored?.metadata.labels, ...MARK },
    ...(isOwned ? {} : { ownerReferences: owners }),
  };
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata, webhooks: [wanted] };
}

/** PEM of the authorities that a stored configuration trusts; empty when there are none. */
export function trustedIn(stored: KubeObject | undefined): string {
  try {
    return new TextDecoder().decode(
      Uint8Array.fromBase64(String(clientConfigOf(stored)["caBundle"])),
    );
  } catch {
    return "";
  }
}

function clientConfigOf(stored: KubeObject | undefined): JsonObject {
  return objectAt(webhooksOf(stored)[0], "clientConfig");
}

/** Fields that a later Kubernetes adds, and fills in, are no difference. */
function hasFieldsOf(stored: unknown, wanted: JsonObject): boolean {
  return isJsonObject(stored) &&
    Object.entries(wanted).every(([key, value]) => isJsonEqual(stored[key], value));
}
