/** Writes that the API server refuses, with the code, reason and message of each. */

import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { checkRefusals, type Refusal } from "./refusals.ts";

const STALE = { ...gadget("a"), metadata: { name: "a", resourceVersion: "1" } };
const MERGE = "application/merge-patch+json";

const REFUSALS: readonly Refusal[] = [
  {
    name: "a name that is taken",
    body: gadget("a"),
    code: 409,
    reason: "AlreadyExists",
    message: /^gadgets\.test\.example\.com "a" already exists$/,
  },
  {
    name: "an invalid name",
    body: gadget("A_b"),
    code: 422,
    reason: "Invalid",
    message:
      /^Gadget\.test\.example\.com "A_b" is invalid: metadata\.name: Invalid value: "A_b": a/,
  },
  {
    name: "an object without a name",
    body: { ...gadget(""), metadata: {} },
    code: 422,
    reason: "Invalid",
    message: /metadata\.name: Required value: name or generateName is required/,
  },
  {
    name: "a namespace that differs from the path's",
    body: { ...gadget("x"), metadata: { name: "x", namespace: "other" } },
    code: 400,
    reason: "BadRequest",
    message: /^the namespace of the provided object does not match the namespace sent/,
  },
  {
    name: "a kind that differs from the path's",
    body: { ...gadget("x"), kind: "Other" },
    code: 422,
    reason: "Invalid",
    message: /kind: Invalid value: "Other": must be Gadget$/,
  },
  {
    name: "a version that differs from the path's",
    body: { ...gadget("x"), apiVersion: "v1" },
    code: 400,
    reason: "BadRequest",
    message:
      /data \(v1\) does not match the expected API version \(test\.example\.com\/v1alpha1\)$/,
  },
  {
    name: "an object without a kind",
    body: { metadata: { name: "x" } },
    code: 400,
    reason: "BadRequest",
    message: /must be of type Gadget/,
  },
  {
    name: "a resourceVersion on a new object",
    body: { ...gadget("x"), metadata: { name: "x", resourceVersion: "5" } },
    code: 400,
    reason: "BadRequest",
    message: /^resourceVersion should not be set on objects to be created$/,
  },
  { name: "broken JSON", body: "{", code: 400, reason: "BadRequest", message: /not JSON/ },
  { name: "a list", body: [1], code: 400, reason: "BadRequest", message: /must be a JSON object/ },
  {
    name: "a body of more than 3 MiB",
    body: gadget("x", { size: 1, note: "x".repeat(3 * 1024 * 1024) }),
    code: 413,
    reason: "RequestEntityTooLarge",
    message: /limit is 3145728 bytes/,
  },
  {
    name: "a body whose content type is not JSON",
    body: "a: b",
    contentType: "text/plain",
    code: 415,
    reason: "UnsupportedMediaType",
    message: /accepted media types include: application\/json/,
  },
  {
    name: "an unknown value of dryRun",
    path: `${GADGETS}?dryRun=Some`,
    body: gadget("x"),
    code: 422,
    reason: "Invalid",
    message: /CreateOptions\.meta\.k8s\.io "" is invalid: dryRun: Unsupported value: \["Some"\]/,
  },
  {
    name: "an unknown value of fieldValidation",
    path: `${GADGETS}?fieldValidation=Some`,
    body: gadget("x"),
    code: 422,
    reason: "Invalid",
    message: /fieldValidation: Unsupported value: "Some": supported values: "", "Ignore"/,
  },
  {
    name: "an invalid namespace",
    path: GADGETS.replace("default", "No_Such"),
    body: gadget("x"),
    code: 422,
    reason: "Invalid",
    message: /metadata\.namespace: Invalid value: "No_Such"/,
  },
  {
    name: "a replacement of a stale version",
    method: "PUT",
    path: `${GADGETS}/a`,
    body: STALE,
    code: 409,
    reason: "Conflict",
    message:
      /^Operation cannot be fulfilled on gadgets\.test\.example\.com "a": the object has been/,
  },
  {
    name: "a replacement without resourceVersion",
    method: "PUT",
    path: `${GADGETS}/a`,
    body: gadget("a"),
    code: 422,
    reason: "Invalid",
    message: /metadata\.resourceVersion: Invalid value: 0: must be specified for an update$/,
  },
  {
    name: "a replacement under another name",
    method: "PUT",
    path: `${GADGETS}/a`,
    body: gadget("b"),
    code: 400,
    reason: "BadRequest",
    message: /^the name of the object \(b\) does not match the name on the URL \(a\)$/,
  },
  {
    name: "a replacement of an object that was deleted and made anew",
    method: "PUT",
    path: `${GADGETS}/a`,
    body: { ...gadget("a"), metadata: { name: "a", uid: "1" } },
    code: 409,
    reason: "Conflict",
    message: /UID in precondition: 1, UID in object meta: /,
  },
  {
    name: "a replacement of a missing object",
    method: "PUT",
    path: `${GADGETS}/zz`,
    body: gadget("zz"),
    code: 404,
    reason: "NotFound",
    message: /^gadgets\.test\.example\.com "zz" not found$/,
  },
  {
    name: "a patch of a stale version",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: MERGE,
    body: { metadata: { resourceVersion: "1" }, spec: { size: 9 } },
    code: 409,
    reason: "Conflict",
    message: /the object has been modified/,
  },
  {
    name: "a patch that breaks a rule",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: MERGE,
    body: { spec: { size: 99 } },
    code: 422,
    reason: "Invalid",
    message: /spec\.size: Invalid value: 99: spec\.size in body should be less than or equal to 10/,
  },
  {
    name: "a patch with an unknown field under strict validation",
    method: "PATCH",
    path: `${GADGETS}/a?fieldValidation=Strict`,
    contentType: MERGE,
    body: { spec: { bogus: 1 } },
    code: 422,
    reason: "Invalid",
    message: /strict decoding error: unknown field "spec\.bogus"/,
  },
  {
    name: "a POST to an object's path",
    path: `${GADGETS}/a`,
    body: gadget("a"),
    code: 405,
    reason: "MethodNotAllowed",
    message: /^POST is not supported here/,
  },
];

Deno.test("a refused write is answered with a Status and changes nothing", async (test) => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  await checkRefusals(api, test, REFUSALS);
});
