/** What `kubectl explain` prints of the kinds that have no definition; nothing is checked by it. */

import type { JsonObject } from "../../base/json.ts";

/** `metadata` of every kind (Kubernetes API reference, ObjectMeta). */
export const OBJECT_META: JsonObject = object("Name, labels and whatever else all kinds have.", {
  name: text("Unique among the objects of a kind in a namespace; never changes."),
  generateName: text("A new object without a name gets this one and some random letters."),
  namespace: text("Namespace of the object."),
  labels: texts("What selectors choose objects by."),
  annotations: texts("Notes of tools and users; no selector looks at them."),
  finalizers: {
    ...list({ type: "string" }),
    description: "Who has to do something before a deleted object may go.",
  },
  ownerReferences: {
    ...list(object("An object that this one belongs to.", {
      apiVersion: text("Group and version of the owner."),
      kind: text("Kind of the owner."),
      name: text("Name of the owner."),
      uid: text("The uid of the owner."),
      controller: { type: "boolean", description: "Whether the owner manages this object." },
      blockOwnerDeletion: {
        type: "boolean",
        description: "Whether a foreground deletion of the owner waits for this object.",
      },
    })),
    description: "Objects that this one belongs to: it goes when the last of them has gone.",
  },
  uid: text("Tells objects apart that had the same name one after the other."),
  resourceVersion: text("Version of the object; an update that names an older one is refused."),
  generation: number("Counts changes of what is wanted."),
  creationTimestamp: time("When the object was created."),
  deletionTimestamp: time("When its deletion was asked for; its finalizers are at work."),
  deletionGracePeriodSeconds: number("Always 0: no kind that is served here has a grace period."),
});

/** Namespace of `v1`. */
export const NAMESPACE: JsonObject = object("A scope for names of objects.", {
  spec: object("What is wanted of the namespace.", {
    finalizers: {
      ...list({ type: "string" }),
      description: "Who has to empty the namespace before it may go.",
    },
  }),
  status: object("How it is.", { phase: text("Active, or Terminating.") }),
});

/** Lease of `coordination.k8s.io/v1`. */
export const LEASE: JsonObject = object("Says whose turn it is, and until when.", {
  spec: object("The turn.", {
    holderIdentity: text("Whose turn it is."),
    leaseDurationSeconds: number("How long others wait after renewTime, in seconds."),
    acquireTime: time("When the holder took it."),
    renewTime: time("When the holder last said that it goes on."),
    leaseTransitions: number("How often it went from one holder to another."),
    strategy: text("How the next holder is found, in a coordinated election."),
    preferredHolder: text("Who should have it next, in a coordinated election."),
  }),
});

/** NetworkAttachmentDefinition of `k8s.cni.cncf.io/v1`. */
export const NETWORK_ATTACHMENT_DEFINITION: JsonObject = object(
  "A network that virtual machines are attached to.",
  {
    spec: object("The network.", {
      config: text("Configuration of the CNI plugin that attaches to it, JSON."),
    }),
  },
);

const REFERENCE = {
  apiVersion: text("Its group and version."),
  kind: text("Its kind."),
  namespace: text("Its namespace."),
  name: text("Its name."),
  uid: text("Its uid."),
  resourceVersion: text("Its version when it happened."),
  fieldPath: text("The part of it that is meant."),
};

const SERIES_COUNT = number("How often it has happened.");

/** Fields that both kinds of events have. */
const EVENT = {
  type: text("Normal or Warning."),
  reason: text("Why, in one word for programs."),
  action: text("What was done or failed."),
  eventTime: time("When it happened first."),
  reportingInstance: text("Process that says so."),
  related: object("Another object that has to do with it.", REFERENCE),
  series: object("That it has happened before.", {
    count: SERIES_COUNT,
    lastObservedTime: time("When it happened last."),
  }),
};

/** Event of `v1`. */
export const CORE_EVENT: JsonObject = object("Says what happened to an object.", {
  ...EVENT,
  involvedObject: object("The object.", REFERENCE),
  message: text("What happened, for people."),
  count: SERIES_COUNT,
  firstTimestamp: time("When it happened first."),
  lastTimestamp: time("When it happened last."),
  reportingComponent: text("Controller that says so."),
  source: object("Who says so.", {
    component: text("Controller that says so."),
    host: text("Node that it runs on."),
  }),
});

/** Event of `events.k8s.io/v1`. */
export const NEW_EVENT: JsonObject = object("Says what happened to an object.", {
  ...EVENT,
  regarding: object("The object.", REFERENCE),
  note: text("What happened, for people."),
  reportingController: text("Controller that says so."),
  deprecatedCount: SERIES_COUNT,
  deprecatedFirstTimestamp: time("When it happened first."),
  deprecatedLastTimestamp: time("When it happened last."),
  deprecatedSource: object("Who says so.", {
    component: text("Controller that says so."),
    host: text("Node that it runs on."),
  }),
});

const CONTAINER = object("A process with files of its own.", {
  name: text("Unique in the Pod."),
  image: text("What it is started from."),
  command: list({ type: "string" }),
  args: list({ type: "string" }),
});

const POD_SPEC = object("What is wanted of the Pod.", {
  containers: { ...list(CONTAINER), description: "Its processes; at least one." },
  initContainers: { ...list(CONTAINER), description: "What runs before them, one by one." },
  nodeName: text("Where it runs."),
  serviceAccountName: text("Whom it is to the API."),
  restartPolicy: text("Always, OnFailure or Never."),
});

const CONDITION = object("One thing that is so, or not.", {
  type: text("What is so."),
  status: text("True, False or Unknown."),
  reason: text("Why, in one word for programs."),
  message: text("Why, for people."),
  lastTransitionTime: time("Since when."),
});

const CONDITIONS = { ...list(CONDITION), description: "What is so, and what is not." };

/** Pod of `v1`. */
export const POD: JsonObject = object("Containers that run together. Kept here, but not run.", {
  spec: POD_SPEC,
  status: object("How it is.", {
    phase: text("Pending, Running, Succeeded, Failed or Unknown."),
    podIP: text("Its address."),
    conditions: CONDITIONS,
  }),
});

/** Deployment of `apps/v1`. */
export const DEPLOYMENT: JsonObject = object("Pods that are alike. Kept here, but not run.", {
  spec: object("What is wanted.", {
    replicas: number("How many Pods there are to be; 1 if absent."),
    selector: object("Which Pods are its own. Cannot be changed.", {
      matchLabels: texts("Labels that these Pods have."),
    }),
    template: object("What the Pods are like.", { spec: POD_SPEC }),
  }),
  status: object("How it is.", {
    observedGeneration: number("The generation that the rest is about."),
    replicas: number("Pods that there are."),
    updatedReplicas: number("Those that are as the template says now."),
    readyReplicas: number("Those that are ready."),
    availableReplicas: number("Those that have been ready for a while."),
    conditions: CONDITIONS,
  }),
});

/** Secret of `v1`. */
export const SECRET: JsonObject = object("A few values that not everybody may read.", {
  type: text("What it is for; Opaque if absent. Cannot be changed."),
  data: texts("Values by name, in base64."),
  stringData: texts("Values by name as they are; they are kept in data."),
  immutable: { type: "boolean", description: "Whether its values cannot be changed any more." },
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
