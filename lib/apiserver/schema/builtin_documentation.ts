/**
 * The fields of kinds without a definition, with the texts of `kubectl explain`. Of Namespaces and
 * NetworkAttachmentDefinitions they are all fields; of the others, they take no part in validation.
 */

import type { JsonObject } from "../../base/json.ts";

/** `metadata` of every kind (Kubernetes API reference, ObjectMeta). */
export const OBJECT_META: JsonObject = object(
  "Name, labels and the other fields that all kinds have.",
  {
    name: text("Unique among the objects of a kind in a namespace. Cannot be changed."),
    generateName: text("A prefix for the name of a new object; random letters are added to it."),
    namespace: text("Namespace of the object."),
    labels: texts("Values that selectors choose objects by."),
    annotations: texts("Notes of tools and users. Selectors do not use them."),
    finalizers: {
      ...list({ type: "string" }),
      description: "What has to be done before a deleted object is removed.",
    },
    ownerReferences: {
      ...list(object("An object that this one belongs to.", {
        apiVersion: text("Group and version of the owner."),
        kind: text("Kind of the owner."),
        name: text("Name of the owner."),
        uid: text("UID of the owner."),
        controller: { type: "boolean", description: "Whether the owner manages this object." },
        blockOwnerDeletion: {
          type: "boolean",
          description: "Whether a foreground deletion of the owner waits for this object.",
        },
      })),
      description: "Objects that this one belongs to. It is removed with the last of them.",
    },
    uid: text("Distinguishes this object from earlier ones of the same name."),
    resourceVersion: text("Version of the object. An update that names an older one is refused."),
    generation: number("Counts the changes of the specification."),
    creationTimestamp: time("When the object was created."),
    deletionTimestamp: time(
      "When deletion was requested. The object stays until its finalizers are gone.",
    ),
    deletionGracePeriodSeconds: number(
      "Always 0: the kinds that are served here have no grace period.",
    ),
  },
);

/** Namespace of `v1`. */
export const NAMESPACE: JsonObject = object("A scope for names of objects.", {
  spec: object("Specification of the namespace.", {
    finalizers: {
      ...list({ type: "string" }),
      description: "What has to be done before the namespace is removed.",
    },
  }),
  status: object("State of the namespace.", {
    phase: text("Active, or Terminating."),
    conditions: {
      ...list(object("Something that holds a namespace that is being deleted.", {
        type: text("What it is about."),
        status: text("True, False or Unknown."),
        reason: text("Why, for programs."),
        message: text("Why, for people."),
        lastTransitionTime: time("When the status changed last."),
      })),
      description: "What is left in a namespace that is being deleted, and what holds it.",
    },
  }),
});

/** Lease of `coordination.k8s.io/v1`. */
export const LEASE: JsonObject = object("Says which process holds a role, and until when.", {
  spec: object("Specification of the lease.", {
    holderIdentity: text("The process that holds the lease."),
    leaseDurationSeconds: number("How long after renewTime others may take the lease, in seconds."),
    acquireTime: time("When the holder took the lease."),
    renewTime: time("When the holder last renewed the lease."),
    leaseTransitions: number("How often the lease changed hands."),
    strategy: text("How a coordinated election chooses the next holder."),
    preferredHolder: text("The process that a coordinated election should choose next."),
  }),
});

/** NetworkAttachmentDefinition of `k8s.cni.cncf.io/v1`. */
export const NETWORK_ATTACHMENT_DEFINITION: JsonObject = object(
  "A network that virtual machines are attached to.",
  {
    spec: object("The network.", {
      config: text("Configuration of the CNI plugin, as JSON."),
    }),
  },
);

const REFERENCE = {
  apiVersion: text("Group and version."),
  kind: text("Kind."),
  namespace: text("Namespace."),
  name: text("Name."),
  uid: text("UID."),
  resourceVersion: text("Version at the time of the event."),
  fieldPath: text("The field of the object that the event is about."),
};

const SERIES_COUNT = number("How often it has happened.");

/** Fields that both kinds of events have. */
const EVENT = {
  type: text("Normal or Warning."),
  reason: text("Reason as one word, for programs."),
  action: text("What was done, or failed."),
  eventTime: time("When it happened first."),
  reportingInstance: text("Process that reports the event."),
  related: object("Another object that is involved.", REFERENCE),
  series: object("The series of repetitions that the event belongs to.", {
    count: SERIES_COUNT,
    lastObservedTime: time("When it happened last."),
  }),
};

/** Event of `v1`. */
export const CORE_EVENT: JsonObject = object("A report of what happened to an object.", {
  ...EVENT,
  involvedObject: object("The object.", REFERENCE),
  message: text("What happened, for people."),
  count: SERIES_COUNT,
  firstTimestamp: time("When it happened first."),
  lastTimestamp: time("When it happened last."),
  reportingComponent: text("Controller that reports the event."),
  source: object("What reports the event.", {
    component: text("Controller that reports the event."),
    host: text("Node that the controller runs on."),
  }),
});

/** Event of `events.k8s.io/v1`. */
export const NEW_EVENT: JsonObject = object("A report of what happened to an object.", {
  ...EVENT,
  regarding: object("The object.", REFERENCE),
  note: text("What happened, for people."),
  reportingController: text("Controller that reports the event."),
  deprecatedCount: SERIES_COUNT,
  deprecatedFirstTimestamp: time("When it happened first."),
  deprecatedLastTimestamp: time("When it happened last."),
  deprecatedSource: object("What reports the event.", {
    component: text("Controller that reports the event."),
    host: text("Node that the controller runs on."),
  }),
});

const CONTAINER = object("A process with its own file system.", {
  name: text("Name, unique in the Pod."),
  image: text("Image that the container runs."),
  command: list({ type: "string" }),
  args: list({ type: "string" }),
});

const POD_SPEC = object("Specification of the Pod.", {
  containers: { ...list(CONTAINER), description: "Containers of the Pod; at least one." },
  initContainers: {
    ...list(CONTAINER),
    description: "Containers that run before the others, one after the other.",
  },
  nodeName: text("Node that the Pod runs on."),
  serviceAccountName: text("Service account that the Pod uses the API as."),
  restartPolicy: text("Always, OnFailure or Never."),
});

const CONDITION = object("One aspect of the state.", {
  type: text("Name of the condition."),
  status: text("True, False or Unknown."),
  reason: text("Reason as one word, for programs."),
  message: text("Reason as a sentence, for people."),
  lastTransitionTime: time("When the status of the condition last changed."),
});

const CONDITIONS = { ...list(CONDITION), description: "Aspects of the state." };

/** Pod of `v1`. */
export const POD: JsonObject = object("Containers that run together. Stored here, but not run.", {
  spec: POD_SPEC,
  status: object("State of the Pod.", {
    phase: text("Pending, Running, Succeeded, Failed or Unknown."),
    podIP: text("Address of the Pod."),
    conditions: CONDITIONS,
  }),
});

/** Deployment of `apps/v1`. */
export const DEPLOYMENT: JsonObject = object("A set of identical Pods. Stored here, but not run.", {
  spec: object("Specification of the Deployment.", {
    replicas: number("Number of Pods; 1 if absent."),
    selector: object("Selects the Pods of the Deployment. Cannot be changed.", {
      matchLabels: texts("Labels of these Pods."),
    }),
    template: object("Template of the Pods.", { spec: POD_SPEC }),
  }),
  status: object("State of the Deployment.", {
    observedGeneration: number("The generation that this status describes."),
    replicas: number("Number of Pods."),
    updatedReplicas: number("Number of Pods made from the current template."),
    readyReplicas: number("Number of ready Pods."),
    availableReplicas: number("Number of Pods that have been ready for long enough."),
    conditions: CONDITIONS,
  }),
});

/** Secret of `v1`. */
export const SECRET: JsonObject = object("Confidential values.", {
  type: text("What the Secret is for; Opaque if absent. Cannot be changed."),
  data: texts("Values by name, in base64."),
  stringData: texts("Values by name, not encoded; they are stored in data."),
  immutable: { type: "boolean", description: "Forbids further changes of the values." },
});

/** An object with properties. */
function object(description: string, properties: JsonObject): JsonObject {
  return { type: "object", description, properties };
}

/** A list. */
function list(items: JsonObject): JsonObject {
  return { type: "array", items };
}

/** A text. */
function text(description: string): JsonObject {
  return { type: "string", description };
}

/** A map of texts. */
function texts(description: string): JsonObject {
  return { type: "object", description, additionalProperties: { type: "string" } };
}

/** A whole number. */
function number(description: string): JsonObject {
  return { type: "integer", description };
}

/** A time, RFC 3339. */
function time(description: string): JsonObject {
  return { type: "string", format: "date-time", description };
}
