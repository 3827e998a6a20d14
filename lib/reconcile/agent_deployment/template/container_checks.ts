/** Checks what a template says about containers. */

import { isJsonObject } from "../../../base/json.ts";
import type { FieldErrors } from "../../../api/field_errors.ts";
import { showValue } from "../../../api/field_reader.ts";
import { QUANTITY_RULE } from "../../../api/workload/quantity.ts";
import { AGENT_CONTAINER } from "../agent_names.ts";
import {
  AGENT_RESOURCES,
  HTTP_PORT,
  REPORT_FOLDER,
  REPORT_PORT,
  REPORT_VOLUME,
  SNAPSHOT_FOLDER,
  SNAPSHOT_VOLUME,
} from "../wish/agent_pod.ts";
import { checkFields, itemsAt, partAt, type TemplatePart } from "./template_reader.ts";
import { AGENT_FIELDS, CONTAINER_FIELDS, PROBE_FIELDS, RESOURCE_FIELDS } from "./template_rules.ts";

const PROBES = ["startupProbe", "livenessProbe", "readinessProbe"];

/** Variables that the controller sets. */
const OWN_VARIABLES = ["POD_IP", "VM_DHCP_AGENT_NAME"];

/** Ports that the controller names. */
const OWN_PORTS = [{ name: "http", port: HTTP_PORT }, { name: "report", port: REPORT_PORT }];

const RESERVED = "is the controller's; choose another";
const ROOT = "would take NET_RAW away, without which an agent hears nothing; leave it out";

/** Checks the containers of a pod. Those beside the agent are left to the API server for the most part. */
export function checkContainers(spec: TemplatePart, errors: FieldErrors): void {
  for (const list of ["containers", "initContainers"]) {
    for (const container of itemsAt(spec, list, { key: "name", errors })) {
      if (container.object.name !== AGENT_CONTAINER) checkOther(container, errors);
      else if (list === "containers") checkAgent(container, errors);
      else errors.add(`${container.path}.name`, RESERVED);
    }
  }
  for (const { object, path } of itemsAt(spec, "volumes", { key: "name", errors })) {
    const isOwn = object.name === SNAPSHOT_VOLUME || object.name === REPORT_VOLUME;
    if (isOwn) errors.add(`${path}.name`, RESERVED);
  }
}

function checkOther(container: TemplatePart, errors: FieldErrors): void {
  checkFields(container, CONTAINER_FIELDS, errors);
  if (container.object.image === undefined) {
    const message =
      `is required for a container beside the agent, which is called ${AGENT_CONTAINER}`;
    errors.add(`${container.path}.image`, message);
  }
  checkLists(container, errors);
  checkResources(container, {}, errors);
}

function checkAgent(container: TemplatePart, errors: FieldErrors): void {
  checkFields(container, AGENT_FIELDS, errors);
  checkLists(container, errors);
  for (const probe of PROBES) {
    checkFields(partAt(container, probe), PROBE_FIELDS, errors);
  }
  for (const { object, path } of itemsAt(container, "env", { key: "name", errors })) {
    if (OWN_VARIABLES.includes(String(object.name))) errors.add(`${path}.name`, RESERVED);
  }
  for (const { object, path } of itemsAt(container, "volumeMounts", { key: "mountPath", errors })) {
    const mountPath = String(object.mountPath);
    const isOwn = [SNAPSHOT_FOLDER, REPORT_FOLDER].some((folder) =>
      mountPath === folder || mountPath.startsWith(`${folder}/`)
    );
    if (isOwn) errors.add(`${path}.mountPath`, RESERVED);
  }
  for (const { object, path } of itemsAt(container, "ports", { key: "containerPort", errors })) {
    const isOwn = OWN_PORTS.some(({ name, port }) =>
      object.name === name && object.containerPort !== port
    );
    if (isOwn) errors.add(`${path}.name`, RESERVED);
  }
  checkResources(container, AGENT_RESOURCES, errors);
  checkSecurity(container, errors);
}

/** Lists whose items are told apart by a field must have it in each. */
function checkLists(container: TemplatePart, errors: FieldErrors): void {
  for (const { object: { value }, path } of itemsAt(container, "env", { key: "name", errors })) {
    if (value === undefined || value === null || typeof value === "string") continue;
    errors.add(
      `${path}.value`,
      `must be a text; put it in quotes: ${JSON.stringify(showValue(value))}`,
    );
  }
  itemsAt(container, "ports", { key: "containerPort", errors });
  itemsAt(container, "volumeMounts", { key: "mountPath", errors });
}

/** Amounts by name, such as those of `limits`. */
type Amounts = Readonly<Record<string, string>>;

/** The API server refuses pods that ask for more than their limit. */
function checkResources(
  container: TemplatePart,
  own: { readonly requests?: Amounts; readonly limits?: Amounts },
  errors: FieldErrors,
): void {
  const resources = partAt(container, "resources");
  checkFields(resources, RESOURCE_FIELDS, errors);
  const isNone = container.object.resources === null;
  const [requests, limits] = (["requests", "limits"] as const).map((which) => {
    const part = partAt(resources, which);
    const isTaken = isNone || resources.object[which] === null;
    return { part, amounts: { ...(isTaken ? {} : own[which]), ...part.object } };
  });
  for (const { part: { object, path } } of [requests!, limits!]) {
    for (const [name, value] of Object.entries(object)) {
      if (value !== null && amountOf(value) === undefined) {
        errors.add(`${path}.${name}`, `must be ${QUANTITY_RULE.expected}, not ${showValue(value)}`);
      }
    }
  }
  for (const [name, value] of Object.entries(limits!.amounts)) {
    const [request, limit] = [amountOf(requests!.amounts[name]), amountOf(value)];
    if (request === undefined || limit === undefined || request <= limit) continue;
    const [field, cure] = name in requests!.part.object
      ? [`${requests!.part.path}.${name}`, "lower it"]
      : [`${limits!.part.path}.${name}`, `raise it, or lower resources.requests.${name}`];
    errors.add(
      field,
      `the request ${requests!.amounts[name]} is more than the limit ${value}; ${cure}`,
    );
  }
}

function amountOf(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number"
    ? QUANTITY_RULE.parse(String(value))
    : undefined;
}

/** An agent is root with one capability: without it, a socket that sees frames cannot be opened. */
function checkSecurity(container: TemplatePart, errors: FieldErrors): void {
  const { object, path } = partAt(container, "securityContext");
  const capabilities = partAt({ object, path }, "capabilities");
  const { add, drop } = capabilities.object;
  const faults: readonly [field: string, isFault: boolean, message: string][] = [
    [`${path}.privileged`, object.privileged === true, "is more than an agent needs; leave it out"],
    [`${path}.runAsNonRoot`, object.runAsNonRoot === true, ROOT],
    [`${path}.runAsUser`, object.runAsUser !== undefined && object.runAsUser !== 0, ROOT],
    [
      capabilities.path,
      object.capabilities !== undefined && !isJsonObject(object.capabilities),
      ROOT,
    ],
    [
      `${capabilities.path}.add`,
      add !== undefined && !(Array.isArray(add) && add.includes("NET_RAW")),
      "must have NET_RAW, without which an agent hears nothing",
    ],
    [
      `${capabilities.path}.drop`,
      Array.isArray(drop) && drop.includes("NET_RAW"),
      "must not have NET_RAW, without which an agent hears nothing",
    ],
  ];
  for (const [field, isFault, message] of faults) if (isFault) errors.add(field, message);
}

/** Checks what a template says about the security of all containers of a pod. */
export function checkPodSecurity(spec: TemplatePart, errors: FieldErrors): void {
  const { object, path } = partAt(spec, "securityContext");
  if (object.runAsNonRoot === true) {
    errors.add(`${path}.runAsNonRoot`, ROOT);
  }
}
