/** The kinds that are served without a definition: namespaces, events, leases, VM networks, workloads. */

import { stringAt, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import {
  CORE_EVENTS,
  EVENTS,
  LEASES,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
} from "../../api/resources.ts";
import {
  CORE_EVENT,
  LEASE,
  NAMESPACE,
  NETWORK_ATTACHMENT_DEFINITION,
  NEW_EVENT,
} from "../schema/builtin_documentation.ts";
import { compileSchemaValidator } from "../schema/schema_validator.ts";
import { AGE_COLUMN, builtin, METADATA_FIELD_LABELS } from "./builtin_kind.ts";

import { eventColumns, fromCoreEvent, toCoreEvent } from "./events.ts";
import { NAME_COLUMN, type Resource } from "./resource.ts";
import { invalidValue, type StatusCause } from "../http/status.ts";
import { deployments, pods, secrets } from "./workload_resources.ts";

/** Storage of both kinds of events, in the shape of the core group. */
export const EVENT_STORAGE = "events";

const OBJECT_REFERENCE_FIELDS = [
  "kind",
  "namespace",
  "name",
  "uid",
  "apiVersion",
  "resourceVersion",
  "fieldPath",
];

/** All of them. */
export function builtinResources(): Resource[] {
  return [
    ...[namespaces(), coreEvents(), pods(), secrets(), deployments()],
    ...[newEvents(), leases(), networkAttachmentDefinitions()],
  ];
}

function namespaces(): Resource {
  return {
    ...builtin(NAMESPACES, { shortNames: ["ns"] }),
    schema: NAMESPACE,
    hasStatus: true,
    namesAreLabels: true,
    fieldLabels: ["metadata.name", "status.phase"],
    columns: [
      NAME_COLUMN,
      {
        name: "Status",
        type: "string",
        format: "",
        description: "The status of the namespace",
        priority: 0,
        cell: (object) => valueAt(object, "status.phase") ?? null,
      },
      AGE_COLUMN,
    ],
  };
}

function coreEvents(): Resource {
  return {
    ...builtin(CORE_EVENTS, { shortNames: ["ev"] }),
    documentation: CORE_EVENT,
    storage: EVENT_STORAGE,
    isWrittenByPrograms: true,
    fieldLabels: [
      ...METADATA_FIELD_LABELS,
      ...OBJECT_REFERENCE_FIELDS.map((field) => `involvedObject.${field}`),
      "reason",
      "type",
      "reportingComponent",
    ],
    columns: eventColumns(),
    validate: (event) => validateEvent(event, "involvedObject"),
  };
}

function newEvents(): Resource {
  return {
    ...builtin(EVENTS, { shortNames: ["ev"] }),
    documentation: NEW_EVENT,
    storage: EVENT_STORAGE,
    isWrittenByPrograms: true,
    fieldLabels: [
      ...METADATA_FIELD_LABELS,
      ...OBJECT_REFERENCE_FIELDS.map((field) => `regarding.${field}`),
      "reason",
      "type",
      "reportingController",
    ],
    columns: eventColumns().map((column) => ({
      ...column,
      cell: (event: KubeObject, nowMs: number) => column.cell(toCoreEvent(event), nowMs),
    })),
    validate: (event) => validateEvent(event, "regarding"),
    toServed: fromCoreEvent,
    toStored: toCoreEvent,
  };
}

function leases(): Resource {
  return {
    ...builtin(LEASES, { shortNames: [] }),
    documentation: LEASE,
    isWrittenByPrograms: true,
    allowsUnconditionalUpdate: false,
    columns: [
      NAME_COLUMN,
      {
        name: "Holder",
        type: "string",
        format: "",
        description: "Identity of the current holder of the lease",
        priority: 0,
        cell: (lease) => valueAt(lease, "spec.holderIdentity") ?? null,
      },
      AGE_COLUMN,
    ],
  };
}

function networkAttachmentDefinitions(): Resource {
  return {
    ...builtin(NETWORK_ATTACHMENT_DEFINITIONS, { shortNames: ["net-attach-def"] }),
    schema: NETWORK_ATTACHMENT_DEFINITION,
    validate: compileSchemaValidator(NETWORK_ATTACHMENT_DEFINITION),
    singular: "network-attachment-definition",
    hasGeneration: true,
    allowsUnconditionalUpdate: false,
    isCompiledIn: false,
  };
}

/** An event that does not say where its object lives would never be shown with it. */
function validateEvent(event: KubeObject, reference: string): StatusCause[] {
  const namespace = stringAt(event[reference], "namespace");
  if (namespace === event.metadata.namespace) return [];
  // Events about objects without a namespace are kept in `default`, as client libraries put them.
  if (namespace === "" && event.metadata.namespace === "default") return [];
  return [invalidValue(`${reference}.namespace`, namespace, "does not match event.namespace")];
}
