import { equal, throws } from "node:assert/strict";
import { IPPOOLS, NAMESPACES } from "../../api/resources.ts";
import {
  listQuery,
  resourcePath,
  type ResourceTarget,
  watchQuery,
  writeQuery,
} from "./resource_url.ts";

const POOLS = "/apis/network.harvesterhci.io/v1alpha1";

const PATHS: readonly (readonly [string, ResourceTarget, string])[] = [
  ["a cluster's object of the core group", { type: NAMESPACES, name: "x" }, "/api/v1/namespaces/x"],
  ["a collection over all namespaces", { type: IPPOOLS }, `${POOLS}/ippools`],
  ["an empty namespace as all", { type: IPPOOLS, namespace: "" }, `${POOLS}/ippools`],
  [
    "the collection of a namespace",
    { type: IPPOOLS, namespace: "default" },
    `${POOLS}/namespaces/default/ippools`,
  ],
  [
    "a subresource",
    { type: IPPOOLS, namespace: "default", name: "net-48", subresource: "status" },
    `${POOLS}/namespaces/default/ippools/net-48/status`,
  ],
  [
    "names that are no path of their own",
    { type: IPPOOLS, namespace: "../x", name: "a/b?c" },
    `${POOLS}/namespaces/..%2Fx/ippools/a%2Fb%3Fc`,
  ],
  [
    "no namespace for a kind without one",
    { type: NAMESPACES, namespace: "default", name: "x" },
    "/api/v1/namespaces/x",
  ],
];

for (const [name, target, path] of PATHS) {
  Deno.test(`resourcePath() gives ${name}`, () => equal(resourcePath(target), path));
}

Deno.test("resourcePath() refuses one object of a namespaced kind without its namespace", () => {
  throws(
    () => resourcePath({ type: IPPOOLS, name: "net-48" }),
    /IPPool "net-48" needs a namespace/,
  );
});

Deno.test("listQuery(), watchQuery() and writeQuery() leave out what is not given", () => {
  equal(listQuery({}), "");
  equal(
    listQuery({ resourceVersion: "0", limit: 500, continue: "" }),
    "resourceVersion=0&limit=500",
  );
  equal(watchQuery({}), "watch=true");
  equal(
    watchQuery({ resourceVersion: "", sendInitialEvents: true, labelSelector: "a=b" }),
    "watch=true&labelSelector=a%3Db&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
  );
  equal(writeQuery({ dryRun: false }), "");
  equal(writeQuery({ dryRun: true }), "dryRun=All");
  equal(writeQuery({ refusesUnknownFields: true }), "fieldValidation=Strict");
});
