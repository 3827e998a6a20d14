/** AdmissionReview of `admission.k8s.io/v1`: what an API server asks before it stores a change. */

import {
  asJsonObject,
  defined,
  isJsonObject,
  type JsonObject,
  NESTING_MAX,
  nestsDeeperThan,
  objectAt,
  parseJson,
  stringAt,
} from "../../base/json.ts";
import { showValue } from "../field_reader.ts";
import type { KubeObject, ObjectMeta } from "../meta.ts";

const API_VERSION = "admission.k8s.io/v1";
const KIND = "AdmissionReview";

const OPERATIONS = ["CREATE", "UPDATE", "DELETE", "CONNECT"] as const;

/** What stands for the part of a name that the API server makes up after it has asked. */
const MADE_UP = "xxxxx";

/** The question. */
export interface ReviewRequest {
  /** The answer carries it as well. */
  readonly uid: string;
  readonly group: string;
  readonly plural: string;
  /** Such as `status`; empty for the object itself. */
  readonly subresource: string;
  readonly operation: typeof OPERATIONS[number];
  /** Name of the user that asks for the change. */
  readonly user: string;
  /** Whether nothing will be stored, whatever the answer. */
  readonly isDryRun: boolean;
  /** As it would be stored; absent for `DELETE`. */
  readonly object?: KubeObject;
  /** As it is stored; absent for `CREATE`. */
  readonly oldObject?: KubeObject;
}

/** The question, or why there is none. */
export type ReadReview =
  | { readonly ok: true; readonly request: ReviewRequest }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads a review. Never throws.
 *
 * @param text JSON, or anything else.
 */
export function readAdmissionReview(text: string): ReadReview {
  const review = parseJson(text);
  if (!isJsonObject(review)) return bad("the body is not a JSON object");
  if (nestsDeeperThan(review, NESTING_MAX)) return bad("the body nests too deeply");
  if (review["apiVersion"] !== API_VERSION || review["kind"] !== KIND) {
    const found = showValue(`${review["apiVersion"]} ${review["kind"]}`);
    return bad(`the body must be an ${KIND} of ${API_VERSION}, not ${found}`);
  }
  const request = asJsonObject(review["request"]);
  if (request === undefined) return bad("request must be an object");
  return readRequest(request);
}

function readRequest(request: JsonObject): ReadReview {
  const uid = stringAt(request, "uid");
  if (uid === "") return bad("request.uid must be a text that is not empty");
  const resource = objectAt(request, "resource");
  const plural = stringAt(resource, "resource");
  if (plural === "") return bad("request.resource.resource must be a text that is not empty");
  const operation = OPERATIONS.find((each) => each === request["operation"]);
  if (operation === undefined) {
    return bad(`request.operation must be one of ${OPERATIONS.join(", ")}`);
  }
  const place = { name: stringAt(request, "name"), namespace: stringAt(request, "namespace") };
  const [object, oldObject] = [request["object"], request["oldObject"]].map((raw) =>
    objectOf(raw, place)
  );
  if (operation !== "DELETE" && object === undefined) return bad("request.object is missing");
  if (["UPDATE", "DELETE"].includes(operation) && oldObject === undefined) {
    return bad("request.oldObject is missing");
  }
  return {
    ok: true,
    request: {
      uid,
      group: stringAt(resource, "group"),
      plural,
      subresource: stringAt(request, "subResource"),
      operation,
      user: stringAt(objectAt(request, "userInfo"), "username"),
      isDryRun: request["dryRun"] === true,
      ...defined({ object, oldObject }),
    },
  };
}

/**
 * An object with a name and, where it is in one, a namespace. While it is made, it may have neither: the
 * API server fills them in after it has asked.
 */
function objectOf(
  raw: unknown,
  place: { readonly name: string; readonly namespace: string },
): KubeObject | undefined {
  const object = asJsonObject(raw);
  if (object === undefined) return undefined;
  const metadata = objectAt(object, "metadata");
  const prefix = stringAt(metadata, "generateName");
  const made = prefix === "" ? place.name : `${prefix}${MADE_UP}`;
  const name = stringAt(metadata, "name") || place.name || made;
  const namespace = stringAt(metadata, "namespace") || place.namespace;
  const filled = { ...metadata, name, ...(namespace === "" ? {} : { namespace }) };
  return {
    ...object,
    apiVersion: stringAt(object, "apiVersion"),
    kind: stringAt(object, "kind"),
    metadata: filled as unknown as ObjectMeta,
  };
}

function bad(reason: string): ReadReview {
  return { ok: false, reason };
}
