import assert from "node:assert/strict";
import type { JsonObject } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";
import { defaultIPPool } from "./defaults.ts";

function pool(ipv4Config: unknown): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "net-1", namespace: "default" },
    spec: { networkName: "default/net-1", ipv4Config },
  };
}

const SERVER = "/spec/ipv4Config/serverIP";
const RANGE = "/spec/ipv4Config/pool";

function range(start: string, end: string): JsonObject {
  return { start, end };
}

/** Blank fields as programs send them that know the fields; range and server that they get. */
const FILLED: readonly {
  name: string;
  config: JsonObject;
  pool?: JsonObject;
  serverIP?: string;
}[] = [
  {
    name: "server and range of a subnet",
    config: { cidr: "192.168.0.0/24", serverIP: "", pool: range("", "") },
    pool: range("192.168.0.1", "192.168.0.254"),
    serverIP: "192.168.0.1",
  },
  {
    name: "a server beside the router",
    config: {
      cidr: "172.19.64.128/29",
      router: "172.19.64.129",
      serverIP: "",
      pool: range("", ""),
    },
    pool: range("172.19.64.129", "172.19.64.134"),
    serverIP: "172.19.64.130",
  },
  {
    name: "nothing where all is there",
    config: {
      cidr: "172.19.64.128/29",
      router: "172.19.64.129",
      serverIP: "172.19.64.130",
      pool: range("172.19.64.131", "172.19.64.133"),
    },
  },
  {
    name: "a /30 whose hosts are router and server",
    config: {
      cidr: "172.19.64.128/30",
      router: "172.19.64.129",
      serverIP: "",
      pool: range("", ""),
    },
    pool: range("172.19.64.129", "172.19.64.130"),
    serverIP: "172.19.64.130",
  },
  {
    name: "the end of a range that begins",
    config: { cidr: "172.19.64.128/30", serverIP: "", pool: range("172.19.64.130", "") },
    pool: range("172.19.64.130", "172.19.64.130"),
    serverIP: "172.19.64.129",
  },
  {
    name: "a server that is not excluded",
    config: {
      cidr: "172.19.64.128/29",
      serverIP: "",
      pool: { ...range("", ""), exclude: ["172.19.64.129", "172.19.64.131"] },
    },
    pool: {
      ...range("172.19.64.129", "172.19.64.134"),
      exclude: ["172.19.64.129", "172.19.64.131"],
    },
    serverIP: "172.19.64.130",
  },
  {
    name: "the range around a server and a router",
    config: {
      cidr: "192.168.0.0/24",
      serverIP: "192.168.0.50",
      router: "192.168.0.100",
      pool: range("", ""),
    },
    pool: range("192.168.0.1", "192.168.0.254"),
  },
  {
    name: "the end of a range in a /31",
    config: { cidr: "10.0.0.0/31", serverIP: "10.0.0.0", pool: { start: "", end: "10.0.0.1" } },
    pool: range("10.0.0.1", "10.0.0.1"),
  },
  {
    name: "a server of a /8",
    config: { cidr: "10.0.0.0/8", serverIP: "", pool: range("", "") },
    pool: range("10.0.0.1", "10.255.255.254"),
    serverIP: "10.0.0.1",
  },
  {
    name: "the server, and leaves texts alone that are no addresses",
    config: { cidr: "10.0.0.0/24", serverIP: "", router: "x", pool: range("y", "10.0.0.9") },
    serverIP: "10.0.0.1",
  },
];

for (const { name, config, pool: filled, serverIP } of FILLED) {
  Deno.test(`defaultIPPool() gives ${name}`, () => {
    assert.deepEqual(defaultIPPool(pool(config)), {
      ok: true,
      patch: [
        ...(filled === undefined ? [] : [{ op: "replace", path: RANGE, value: filled }]),
        ...(serverIP === undefined ? [] : [{ op: "replace", path: SERVER, value: serverIP }]),
      ],
    });
  });
}

Deno.test("defaultIPPool() adds fields that are missing, since there is nothing to replace", () => {
  assert.deepEqual(defaultIPPool(pool({ cidr: "10.0.0.0/29" })), {
    ok: true,
    patch: [
      { op: "add", path: RANGE, value: range("10.0.0.1", "10.0.0.6") },
      { op: "add", path: SERVER, value: "10.0.0.1" },
    ],
  });
});

const NO_SERVER = "spec.ipv4Config.serverIP: fail to assign ip for dhcp server";
const NO_RANGE = "spec.ipv4Config.pool: invalid pool range";

const REFUSED: readonly { config: JsonObject; errors: readonly string[] }[] = [
  { config: { cidr: "172.19.64.128/32" }, errors: [NO_RANGE, NO_SERVER] },
  { config: { cidr: "172.19.64.128/31" }, errors: [NO_RANGE, NO_SERVER] },
  { config: { cidr: "255.255.255.255/32", pool: range("x", "y") }, errors: [NO_SERVER] },
  { config: { cidr: "255.255.255.255/32", serverIP: "1.1.1.1" }, errors: [NO_RANGE] },
  { config: { cidr: "0.0.0.0/32", serverIP: "1.1.1.1", pool: { start: "x" } }, errors: [NO_RANGE] },
  {
    config: { cidr: "10.0.0.0/24", serverIP: "10.0.0.1", pool: { start: "10.0.1.1" } },
    errors: [NO_RANGE],
  },
  {
    config: {
      cidr: "172.19.64.128/29",
      router: "172.19.64.130",
      pool: { exclude: [129, 131, 132, 133, 134].map((n) => `172.19.64.${n}`) },
    },
    errors: [NO_SERVER],
  },
  { config: { serverIP: "10.0.0.1" }, errors: ["spec.ipv4Config.cidr: is required"] },
  ...["fd00::/64", "10.0.0.0", 7, null].map((cidr) => ({
    config: { cidr },
    errors: [
      "spec.ipv4Config.cidr: must be an IPv4 subnet such as 192.168.48.0/24 (IPv6 is not " +
      `supported), not ${JSON.stringify(cidr)}`,
    ],
  })),
];

for (const { config, errors } of REFUSED) {
  Deno.test(`defaultIPPool() makes nothing of ${JSON.stringify(config)}`, () => {
    const defaults = defaultIPPool(pool(config));
    const said = defaults.ok ? [] : defaults.errors;
    assert.deepEqual(said.map(({ field, message }) => `${field}: ${message}`), errors);
  });
}

for (const config of [undefined, null, 1, "x", []]) {
  Deno.test(`defaultIPPool() leaves ipv4Config ${JSON.stringify(config)} to the rules`, () => {
    assert.deepEqual(defaultIPPool(pool(config)), { ok: true, patch: [] });
  });
}
