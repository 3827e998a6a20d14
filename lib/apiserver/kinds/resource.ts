/** A kind of object that this server serves, built in or from a CustomResourceDefinition. */

import type { JsonObject } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import type { StatusCause } from "../http/status.ts";
import type { StructuralSchema } from "../schema/structural_schema.ts";

/** A column of the kind's table. */
export interface Column {
  readonly name: string;
  /** OpenAPI type of the cells. */
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is shown always, more only with `-o wide`. */
  readonly priority: number;
  /** The cell; `null` when there is nothing to show. */
  readonly cell: (object: KubeObject, nowMs: number) => unknown;
}

/** How a kind is served and checked. */
export interface Resource {
  readonly type: ResourceType;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Whether `/status` is an endpoint of its own and `status` is ignored on the main one. */
  readonly hasStatus: boolean;
  /** Whether `metadata.generation` counts changes. */
  readonly hasGeneration: boolean;
  /** Whether PUT works without `metadata.resourceVersion`. */
  readonly allowsUnconditionalUpdate: boolean;
  /** Whether names must be DNS labels, not just DNS subdomains (RFC 1123). */
  readonly namesAreLabels: boolean;
  /** Name of the storage; two kinds may share one. */
  readonly storage: string;
  /** Paths that field selectors may name. */
  readonly fieldLabels: readonly string[];
  readonly columns: readonly Column[];
  /** Absent: every field is accepted and kept. */
  readonly schema?: StructuralSchema;
  /** What OpenAPI says of a kind without a schema. */
  readonly documentation?: JsonObject;
  /**
   * Whether clients have the kind compiled in. They may then leave out `apiVersion` and `kind`, and
   * send strategic merge patches.
   */
  readonly isCompiledIn: boolean;
  /** Whether a deletion that takes effect at once answers the object, not just that it is gone. */
  readonly answersDeletedObject?: boolean;
  /** Whether programs write the objects by themselves, so that none of them makes a namespace. */
  readonly isWrittenByPrograms?: boolean;
  /** Status of a new object; absent when it has none. */
  readonly initialStatus?: JsonObject;
  /**
   * Fills in the missing fields of an object that was sent; changes it.
   *
   * @throws {ApiError} 400 for what cannot be read.
   */
  readonly complete?: (sent: JsonObject) => void;
  /** Checks the rules of the schema; empty when the object keeps them. */
  validate(object: KubeObject): readonly StatusCause[];
  /** Checks the fields that cannot be changed; empty when they are unchanged. */
  readonly validateUpdate?: (before: KubeObject, after: KubeObject) => readonly StatusCause[];
  /** Turns a stored object into the served shape; absent when they are the same. */
  readonly toServed?: (stored: KubeObject) => KubeObject;
  /** Turns a served object into the stored shape; absent when they are the same. */
  readonly toStored?: (served: KubeObject) => KubeObject;
}

/** The column with which every table starts. */
export const NAME_COLUMN: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
  // The object of a bookmark has none.
  cell: (object) => object.metadata.name ?? "",
};
