import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from "./selectors.ts";
import { ApiError } from "../http/status.ts";

const OBJECT: KubeObject = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", labels: { tier: "front", "example.com/size": "2" } },
  involvedObject: { kind: "IPPool" },
};

const LABEL_CASES: readonly (readonly [selector: string, matches: boolean])[] = [
  ["", true],
  ["tier=front", true],
  ["tier==front", true],
  ["tier=back", false],
  ["tier!=back", true],
  ["other!=x", true],
  ["tier in (back, front)", true],
  ["tier in (back)", false],
  ["tier notin (back)", true],
  ["other notin (back)", true],
  ["tier", true],
  ["!tier", false],
  ["!other", true],
  ["example.com/size=2,tier in (front,back)", true],
  ["example.com/size=3,tier", false],
  ["toString", false],
];

for (const [selector, matches] of LABEL_CASES) {
  Deno.test(`matchesLabels() says ${matches} for "${selector}"`, () => {
    assert.equal(matchesLabels(OBJECT, parseLabelSelector(selector)), matches);
  });
}

for (const selector of ["a b", "a in b", "a in (b", "=x", "a=b=c", "a,,b", "(a)"]) {
  Deno.test(`parseLabelSelector() refuses "${selector}" with 400`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (error) => error instanceof ApiError && error.code === 400,
    );
  });
}

const FIELDS = ["metadata.name", "involvedObject.kind", "reason"];

const FIELD_CASES: readonly (readonly [selector: string, matches: boolean])[] = [
  ["", true],
  ["metadata.name=e", true],
  ["metadata.name==e,involvedObject.kind=IPPool", true],
  ["metadata.name=f", false],
  ["involvedObject.kind!=IPPool", false],
  ["reason=", true],
  ["reason!=x", true],
];

for (const [selector, matches] of FIELD_CASES) {
  Deno.test(`matchesFields() says ${matches} for "${selector}"`, () => {
    assert.equal(matchesFields(OBJECT, parseFieldSelector(selector, FIELDS)), matches);
  });
}

for (const selector of ["metadata.name", "spec.size=2", "=e"]) {
  Deno.test(`parseFieldSelector() refuses "${selector}" with 400`, () => {
    assert.throws(
      () => parseFieldSelector(selector, FIELDS),
      (error) => error instanceof ApiError && error.code === 400,
    );
  });
}

Deno.test("matchesFields() accepts objects whose members have the names of methods", () => {
  const requirements = parseFieldSelector("status.phase=x", ["status.phase"]);
  const status = { phase: { toString: 1 } };
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, status };
  assert.equal(matchesFields(object, requirements), false);
});
