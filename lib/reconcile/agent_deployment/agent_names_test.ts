import assert from "node:assert/strict";
import fc from "fast-check";
import type { NamespacedName } from "../../api/meta.ts";
import {
  agentLabelsOf,
  agentNameOf,
  labelValueOf,
  poolOfAgent,
  reportSecretNameOf,
  sha256,
} from "./agent_names.ts";

/** A pool whose namespace and name, joined by a dash, are this text. */
function poolOf(full: string): NamespacedName {
  const [namespace, ...rest] = full.split("-");
  return { namespace: namespace!, name: rest.join("-") };
}

/** `ns-`, letters up to the length, and with what stands from position 49 on. */
function fullName(length: number, from49 = ""): string {
  const text = "ns-" + "a".repeat(49 - 3) + from49;
  return text.padEnd(length, "b");
}

const NAMES: readonly { name: string; full: string; want: (hash: string) => string }[] = [
  { name: "of 57 characters is kept", full: fullName(57), want: () => `${fullName(57)}-agent` },
  {
    name: "of 58 characters is cut behind the 51st",
    full: fullName(58),
    want: (hash) => `${fullName(58).slice(0, 51)}-${hash.slice(0, 5)}-agent`,
  },
  {
    name: "with a digit as the 51st character is cut behind it",
    full: fullName(60, "x7"),
    want: (hash) => `ns-${"a".repeat(46)}x7-${hash.slice(0, 5)}-agent`,
  },
  {
    name: "with a dash as the 51st character is cut before it",
    full: fullName(60, "x-"),
    want: (hash) => `ns-${"a".repeat(46)}x-${hash.slice(0, 6)}-agent`,
  },
  {
    name: "with a dot as the 51st character is cut before it",
    full: fullName(60, "x."),
    want: (hash) => `ns-${"a".repeat(46)}x-${hash.slice(0, 6)}-agent`,
  },
];

for (const { name, full, want } of NAMES) {
  Deno.test(`agentNameOf() of a pool: namespace and name ${name}`, () => {
    assert.equal(agentNameOf(poolOf(full)), want(sha256(full)));
  });
}

Deno.test("agentNameOf() gives the name that the Go version gives", () => {
  assert.equal(agentNameOf({ namespace: "default", name: "net-48" }), "default-net-48-agent");
  // By Python's hashlib.
  const long = { namespace: "kube-system", name: "p".repeat(60) };
  assert.equal(agentNameOf(long), `kube-system-${"p".repeat(39)}-647d3-agent`);
});

const LABEL = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const SUBDOMAIN = fc.array(LABEL, { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join(".")).filter((name) => name.length <= 253);
const IS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

Deno.test("names and labels of any pool are those of Kubernetes", () => {
  fc.assert(fc.property(LABEL, SUBDOMAIN, (namespace, name) => {
    const pool = { namespace, name };
    assert.match(agentNameOf(pool), IS_SUBDOMAIN);
    assert.ok(agentNameOf(pool).length <= 63);
    assert.match(reportSecretNameOf(pool), IS_SUBDOMAIN);
    for (const value of Object.values(agentLabelsOf(pool))) {
      assert.match(value, /^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/);
    }
  }));
});

Deno.test("labelValueOf() keeps 63 characters, and cuts names to values that differ", () => {
  const name = "p".repeat(63);
  assert.equal(labelValueOf(name), name);
  const [one, other] = [labelValueOf(`${name}1`), labelValueOf(`${name}2`)];
  assert.notEqual(one, other);
  assert.match(one!, /^p{52}-[0-9a-f]{10}$/);
  assert.match(labelValueOf(`${"p".repeat(51)}.${"q".repeat(20)}`), /^p{51}-[0-9a-f]{10}$/);
});

const LABELS = agentLabelsOf({ namespace: "default", name: "net-48" });
const POOLS: readonly {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  want: string | undefined;
}[] = [
  { name: "of an object of the Go version", labels: LABELS, want: "default/net-48" },
  { name: "of an object without labels", want: undefined },
  {
    name: "of an object of another program with such labels",
    labels: { ...LABELS, "network.harvesterhci.io/vm-dhcp-controller": "other" },
    want: undefined,
  },
  {
    name: "whose name has no room in a label",
    labels: agentLabelsOf({ namespace: "default", name: "p".repeat(70) }),
    annotations: { "network.harvesterhci.io/ippool": `default/${"p".repeat(70)}` },
    want: `default/${"p".repeat(70)}`,
  },
];

for (const { name, want, ...metadata } of POOLS) {
  Deno.test(`poolOfAgent() ${name}`, () => {
    assert.equal(poolOfAgent({ name: "x", ...metadata }), want);
  });
}
