/**
 * Reads what an operator wants otherwise in the pods of agents: a part of a PodTemplateSpec. What would
 * break an agent is refused, and so is what the API server would drop without a word.
 */

import { isJsonObject, NESTING_MAX, nestsDeeperThan } from "../../../base/json.ts";
import { FieldErrors } from "../../../api/field_errors.ts";
import { showValue } from "../../../api/field_reader.ts";
import type { Parsed } from "../../../api/meta.ts";
import { agentLabelsOf, IPPOOL_ANNOTATION } from "../agent_names.ts";
import type { AgentPodTemplate } from "../agent_world.ts";
import { NETWORKS_ANNOTATION } from "../wish/agent_pod.ts";
import { checkContainers, checkPodSecurity } from "./container_checks.ts";
import { checkFields, itemsAt, partAt, type TemplatePart } from "./template_reader.ts";
import {
  AFFINITY_FIELDS,
  METADATA_FIELDS,
  NODE_AFFINITY_FIELDS,
  NODE_TERM_FIELDS,
  NODE_TERMS_FIELDS,
  SPEC_FIELDS,
  TEMPLATE_FIELDS,
  TOLERATION_FIELDS,
} from "./template_rules.ts";

/** Labels and annotations by which agents are found. */
const OWN_NAMES: readonly string[] = [
  ...Object.keys(agentLabelsOf({ namespace: "", name: "" })),
  ...[IPPOOL_ANNOTATION, NETWORKS_ANNOTATION, "pod-template-hash"],
];

/** Kubernetes, "Labels and Selectors", "Syntax and character set". */
const NAME = /^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\/)?[a-z0-9]([-_.a-z0-9]{0,61}[a-z0-9])?$/i;
const LABEL_VALUE = /^([a-z0-9]([-_.a-z0-9]{0,61}[a-z0-9])?)?$/i;

/**
 * Reads a template.
 *
 * @param raw JSON of any shape, as it was read from the operator's file.
 * @returns The template, or every field that is wrong, each with what to do.
 */
export function parseAgentPodTemplate(raw: unknown): Parsed<AgentPodTemplate> {
  const errors = new FieldErrors();
  if (!isJsonObject(raw) || nestsDeeperThan(raw, NESTING_MAX)) {
    errors.add("", "must be an object with the fields metadata and spec of a PodTemplateSpec");
    return { ok: false, errors: errors.list };
  }
  const root: TemplatePart = { object: raw, path: "" };
  checkFields(root, TEMPLATE_FIELDS, errors);
  const [metadata, spec] = [partAt(root, "metadata"), partAt(root, "spec")];
  checkFields(metadata, METADATA_FIELDS, errors);
  checkNames(partAt(metadata, "labels"), errors, LABEL_VALUE);
  checkNames(partAt(metadata, "annotations"), errors);
  checkFields(spec, SPEC_FIELDS, errors);
  checkNames(partAt(spec, "nodeSelector"), errors, LABEL_VALUE);
  for (const toleration of itemsAt(spec, "tolerations", { key: undefined, errors })) {
    checkFields(toleration, TOLERATION_FIELDS, errors);
  }
  itemsAt(spec, "imagePullSecrets", { key: "name", errors });
  checkNodeAffinity(spec, errors);
  checkPodSecurity(spec, errors);
  checkContainers(spec, errors);
  return errors.list.length === 0 ? { ok: true, value: raw } : { ok: false, errors: errors.list };
}

/** What is required of nodes is put together with what agents require. */
function checkNodeAffinity(spec: TemplatePart, errors: FieldErrors): void {
  const affinity = partAt(spec, "affinity");
  const nodes = partAt(affinity, "nodeAffinity");
  const required = partAt(nodes, "requiredDuringSchedulingIgnoredDuringExecution");
  checkFields(affinity, AFFINITY_FIELDS, errors);
  checkFields(nodes, NODE_AFFINITY_FIELDS, errors);
  checkFields(required, NODE_TERMS_FIELDS, errors);
  for (const term of itemsAt(required, "nodeSelectorTerms", { key: undefined, errors })) {
    checkFields(term, NODE_TERM_FIELDS, errors);
  }
}

/** Labels, or annotations, whose values may be anything. */
function checkNames({ object, path }: TemplatePart, errors: FieldErrors, values?: RegExp): void {
  for (const [name, value] of Object.entries(object)) {
    const field = `${path}[${JSON.stringify(name)}]`;
    if (OWN_NAMES.includes(name)) errors.add(field, "is set by the controller; leave it out");
    else if (!NAME.test(name)) errors.add(field, "is not a name such as example.com/team");
    else if (value === null) continue;
    else if (typeof value !== "string") {
      errors.add(field, `must be a text; put it in quotes: ${JSON.stringify(showValue(value))}`);
    } else if (values !== undefined && !values.test(value)) {
      errors.add(field, "must have at most 63 letters, digits, dashes, dots and underscores");
    }
  }
}
