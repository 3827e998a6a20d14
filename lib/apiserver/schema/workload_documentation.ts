/** What `kubectl explain` prints of Pods, Deployments and Secrets; nothing is checked by it. */

import type { JsonObject } from "../../base/json.ts";
import { list, number, object, text, texts, time } from "./schema_words.ts";

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
