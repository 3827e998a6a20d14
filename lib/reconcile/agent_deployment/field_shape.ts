/**
 * Which fields of a pod and of what is around it are made of parts that several may write, and by what the
 * items of a list are told apart there (Kubernetes, "Server-Side Apply", merge strategy).
 */

import type { JsonObject } from "../../base/json.ts";

/** How a field is put together; a field without a shape is written in one piece. */
export type FieldShape =
  /** Each member is a field of its own. */
  | { readonly is: "map"; readonly fields: Readonly<Record<string, FieldShape>> }
  /** Each item is a field of its own. */
  | {
    readonly is: "list";
    readonly key: string;
    readonly item?: FieldShape;
    /** A field of an item that no other item may have the same, where that is not the key. */
    readonly unique?: string;
  };

const PLAIN_MAP: FieldShape = map({});
const METADATA: FieldShape = map({ labels: PLAIN_MAP, annotations: PLAIN_MAP });

const CONTAINERS: FieldShape = {
  is: "list",
  key: "name",
  item: map({
    env: { is: "list", key: "name" },
    ports: { is: "list", key: "containerPort", unique: "name" },
    volumeMounts: { is: "list", key: "mountPath" },
  }),
};

/** A PodTemplateSpec. */
export const POD_TEMPLATE_SHAPE: FieldShape = map({
  metadata: METADATA,
  spec: map({
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    volumes: { is: "list", key: "name" },
    imagePullSecrets: { is: "list", key: "name" },
  }),
});

/** An object that agents are made of. */
export function objectShapeOf(kind: string): FieldShape {
  return map({
    metadata: METADATA,
    ...(kind === "Deployment" ? { spec: map({ template: POD_TEMPLATE_SHAPE }) } : {}),
  });
}

/** What tells an item of such a list from the others. */
export function itemKeyOf(item: JsonObject, key: string): string {
  const { protocol = "TCP" } = item;
  return key === "containerPort" ? `${item[key]}/${protocol}` : String(item[key]);
}

/** The shape of a member of an object. */
export function memberShapeOf(shape: FieldShape | undefined, name: string): FieldShape | undefined {
  return shape?.is === "map" && Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
}

function map(fields: Readonly<Record<string, FieldShape>>): FieldShape {
  return { is: "map", fields };
}
