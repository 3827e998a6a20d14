import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../ippool/parse_ippool.ts";
import { readAdmissionReview } from "./admission_review.ts";
import { formatReviewAnswer } from "./review_answer.ts";

const REQUEST = {
  uid: "u-1",
  kind: { group: "network.harvesterhci.io", version: "v1alpha1", kind: "IPPool" },
  resource: { group: "network.harvesterhci.io", version: "v1alpha1", resource: "ippools" },
  name: "net-48",
  namespace: "default",
  operation: "CREATE",
  userInfo: { username: "admin", groups: ["system:masters"] },
  object: ippoolSample(),
  oldObject: null,
  dryRun: false,
};

function reviewOf(request: unknown): string {
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

function requestOf(changes: object) {
  const read = readAdmissionReview(reviewOf({ ...REQUEST, ...changes }));
  assert.ok(read.ok, JSON.stringify(read));
  return read.request;
}

Deno.test("readAdmissionReview() reads what is asked", () => {
  const { object, ...rest } = requestOf({ dryRun: true });
  assert.deepEqual(rest, {
    uid: "u-1",
    group: "network.harvesterhci.io",
    plural: "ippools",
    subresource: "",
    operation: "CREATE",
    user: "admin",
    isDryRun: true,
  });
  assert.deepEqual(object?.spec, ippoolSample().spec);
});

Deno.test("readAdmissionReview() gives an object that has no name yet one that can be read", () => {
  const { name: _, namespace: __, ...metadata } = ippoolSample().metadata;
  const object = { ...ippoolSample(), metadata: { ...metadata, generateName: "net-" } };
  const request = requestOf({ object, name: undefined, namespace: "lab" });
  assert.equal(request.object?.metadata.name, "net-xxxxx");
  assert.equal(request.object?.metadata.namespace, "lab");
  assert.ok(parseIPPool(request.object).ok);
});

const BAD = [
  ["", "not a JSON object"],
  ["[]", "not a JSON object"],
  ["{", "not a JSON object"],
  [`${"[".repeat(100_000)}`, "not a JSON object"],
  [reviewOf({ a: JSON.parse("[".repeat(600) + "]".repeat(600)) }), "nests too deeply"],
  ["{}", "must be an AdmissionReview of admission.k8s.io/v1"],
  ['{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', "v1beta1"],
  [reviewOf(undefined), "request must be an object"],
  [reviewOf({ ...REQUEST, uid: "" }), "request.uid"],
  [reviewOf({ ...REQUEST, uid: 1 }), "request.uid"],
  [reviewOf({ ...REQUEST, resource: {} }), "request.resource.resource"],
  [reviewOf({ ...REQUEST, operation: "create" }), "request.operation"],
  [reviewOf({ ...REQUEST, object: null }), "request.object"],
  [reviewOf({ ...REQUEST, object: [] }), "request.object"],
  [reviewOf({ ...REQUEST, operation: "UPDATE" }), "request.oldObject"],
  [reviewOf({ ...REQUEST, operation: "DELETE", object: null }), "request.oldObject"],
] as const;

for (const [text, reason] of BAD) {
  Deno.test(`readAdmissionReview() refuses ${text.slice(0, 60)} with ${reason}`, () => {
    const read = readAdmissionReview(text);
    assert.ok(!read.ok && read.reason.includes(reason), JSON.stringify(read));
  });
}

Deno.test("readAdmissionReview() never throws, whatever the body", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json()),
      (text) => assert.ok(!readAdmissionReview(text).ok),
    ),
    { numRuns: 2000 },
  );
  const field = fc.constantFrom(...Object.keys(REQUEST));
  fc.assert(
    fc.property(field, fc.jsonValue(), (field, value) => {
      const read = readAdmissionReview(reviewOf({ ...REQUEST, [field]: value }));
      if (read.ok) parseIPPool(read.request.object);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("formatReviewAnswer() lets a change through with nothing but the uid", () => {
  assert.deepEqual(JSON.parse(formatReviewAnswer({ uid: "u" })), {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "u", allowed: true },
  });
});

Deno.test("formatReviewAnswer() encodes a patch, also one that is not ASCII", () => {
  const patch = [{ op: "replace", path: "/spec/a", value: "ü" }] as const;
  const { response } = JSON.parse(formatReviewAnswer({ uid: "u", patch }));
  assert.equal(response.patchType, "JSONPatch");
  const text = new TextDecoder().decode(Uint8Array.fromBase64(response.patch));
  assert.deepEqual(JSON.parse(text), patch);
});

Deno.test("formatReviewAnswer() refuses with a status that names each field, and without a patch", () => {
  const errors = [{ field: "spec.networkName", message: "is required" }];
  const patch = [{ op: "remove", path: "/spec" }] as const;
  const about = { group: "network.harvesterhci.io", kind: "IPPool", name: "net-48" };
  const answer = {
    uid: "u",
    refusal: { about, message: "no", errors },
    warnings: ["careful"],
    patch,
  };
  assert.deepEqual(JSON.parse(formatReviewAnswer(answer)).response, {
    uid: "u",
    allowed: false,
    status: {
      status: "Failure",
      code: 422,
      reason: "Invalid",
      message: "no",
      details: {
        ...about,
        causes: [{
          reason: "FieldValueInvalid",
          field: "spec.networkName",
          message: "is required",
        }],
      },
    },
    warnings: ["careful"],
  });
});
