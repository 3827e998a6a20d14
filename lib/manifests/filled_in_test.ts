import { deepEqual } from "node:assert/strict";
import type { JsonObject } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";
import { withFilledIn } from "./filled_in.ts";

function poolOf(ipv4Config: unknown, kind = "IPPool"): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind,
    metadata: { name: "a" },
    spec: { networkName: "a", ipv4Config },
  };
}

const STORED: JsonObject = {
  serverIP: "10.0.0.1",
  leaseTime: 300,
  pool: { start: "10.0.0.1", end: "10.0.0.254", exclude: ["10.0.0.9"] },
};

const cases: readonly {
  readonly name: string;
  readonly wanted: unknown;
  readonly want: unknown;
}[] = [
  {
    name: "what is left out, and nothing else",
    wanted: {},
    want: { serverIP: "10.0.0.1", pool: { start: "10.0.0.1", end: "10.0.0.254" } },
  },
  {
    name: "what is empty",
    wanted: { serverIP: "", pool: { start: "", end: null } },
    want: { serverIP: "10.0.0.1", pool: { start: "10.0.0.1", end: "10.0.0.254" } },
  },
  {
    name: "the rest of a range",
    wanted: { serverIP: "10.0.0.2", pool: { end: "10.0.0.99", exclude: [] } },
    want: { serverIP: "10.0.0.2", pool: { start: "10.0.0.1", end: "10.0.0.99", exclude: [] } },
  },
  {
    name: "no range for something else",
    wanted: { serverIP: 5, pool: "all" },
    want: { serverIP: 5, pool: "all" },
  },
  { name: "nothing of a specification that is none", wanted: "x", want: "x" },
];

for (const { name, wanted, want } of cases) {
  Deno.test(`withFilledIn() keeps ${name}`, () => {
    deepEqual(withFilledIn(poolOf(wanted), poolOf(STORED)), poolOf(want));
  });
}

Deno.test("withFilledIn() leaves other kinds alone", () => {
  const other = poolOf({}, "Namespace");
  deepEqual(withFilledIn(other, poolOf(STORED, "Namespace")), other);
});
