/** One rule of admission, and how the rules of a kind make a verdict. */

import { isJsonEqual, isJsonObject, objectAt } from "../base/json.ts";
import { FieldErrors } from "../api/field_errors.ts";
import type { FieldError, KubeObject, Observed, Parsed, ResourceType } from "../api/meta.ts";
import type { AdmissionRequest, AdmissionWorld, Finding, Operation, Verdict } from "./contract.ts";

/**
 * What a rule looks at: one object, what an update makes of it, the networks of the cluster as a flag
 * has them, or other objects as well.
 */
export type Scope = "object" | "change" | "flags" | "world";

/** What an object that is being deleted is not judged by. */
const AROUND: ReadonlySet<Scope> = new Set(["flags", "world"]);

/** A rule as people read of it. */
export interface CheckRow {
  /** Unique among all rules; a label of metrics. */
  readonly name: string;
  readonly operations: readonly Operation[];
  /** Whether what it finds denies the request, or is only said. */
  readonly effect: "deny" | "warn";
  readonly scope: Scope;
  /** A sentence for `docs/admission.md`. */
  readonly says: string;
}

/** A rule of one kind. */
export interface Check<T> extends CheckRow {
  /** @param before The object as it was before an update. */
  check(
    object: Observed<T>,
    world: AdmissionWorld,
    before?: Observed<T>,
  ): readonly FieldError[];
}

/** The rules of one kind. */
export interface KindOfChecks {
  readonly type: ResourceType;
  readonly rows: readonly CheckRow[];
  judge(request: AdmissionRequest, world: AdmissionWorld): Verdict;
}

const DEFAULT_NAMESPACE = "default";

const NOTHING: Verdict = { errors: [], warnings: [] };

/** The rules of a kind, in the order in which they speak. */
export function checksOf<T>(
  type: ResourceType,
  parse: (raw: unknown) => Parsed<T>,
  checks: readonly Check<T>[],
): KindOfChecks {
  return {
    type,
    rows: checks,
    judge(request, world) {
      const { operation, object, oldObject } = request;
      const subject = operation === "DELETE" ? oldObject : object;
      if (!isJsonObject(subject)) return NOTHING;
      const isDeleting = objectAt(subject, "metadata").deletionTimestamp !== undefined;
      if (operation === "DELETE" && isDeleting) return NOTHING;
      const old = operation === "UPDATE" && isJsonObject(oldObject) ? oldObject : undefined;
      if (old !== undefined && isJsonEqual(old.spec, subject.spec)) return NOTHING;
      const rows = checks.filter(({ operations, scope }) =>
        operations.includes(operation) && !(isDeleting && AROUND.has(scope))
      );
      const after = observed(subject, parse);
      const before = old && observed(old, parse);
      const was = new Set(before && findingsOf(rows, before, world).map(identityOf));
      const found = findingsOf(rows, after, world, before);
      const denying = new Set(rows.filter(({ effect }) => effect === "deny").map(nameOf));
      return {
        errors: found.filter((one) => denying.has(one.check) && !was.has(identityOf(one))),
        warnings: found.filter(({ check }) => !denying.has(check)),
      };
    },
  };
}

/**
 * What the rules find. Of several rules that look at the object alone, the first one speaks of a field,
 * for the others would say what follows from it.
 */
function findingsOf<T>(
  checks: readonly Check<T>[],
  object: Observed<T>,
  world: AdmissionWorld,
  before?: Observed<T>,
): readonly Finding[] {
  const said = new FieldErrors();
  return checks.flatMap(({ name, scope, effect, check }) => {
    const found = check(object, world, before);
    if (scope !== "object" || effect !== "deny") return found.map(named);
    const known = said.list.length;
    for (const { field, message } of found) said.add(field, message);
    return said.list.slice(known).map(named);

    function named({ field, message }: FieldError): Finding {
      return { check: name, field, message };
    }
  });
}

/** Whatever stands in the object, rules can ask for its name. */
function observed<T>(object: KubeObject, parse: (raw: unknown) => Parsed<T>): Observed<T> {
  const { metadata } = object;
  if (!isJsonObject(metadata)) {
    return { object: { ...object, metadata: { name: "" } }, parsed: parse(object) };
  }
  // API servers fill it in; programs that ask about an object of theirs may not.
  const named = metadata.namespace
    ? object
    : { ...object, metadata: { ...metadata, namespace: DEFAULT_NAMESPACE } };
  return { object: named, parsed: parse(named) };
}

function identityOf({ field, message }: Finding): string {
  return `${field}: ${message}`;
}

function nameOf({ name }: CheckRow): string {
  return name;
}
