import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import {
  LABEL,
  madePool,
  planOf,
  ROUTE,
  type Situation,
} from "../../../tests/support/controller/auto_ippool_situation.ts";
import type { JsonObject } from "../../base/json.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { AutoIPPoolPlan } from "./auto_ippool.ts";
import { routeConditionsOf } from "./route_difference.ts";

const IN_USE = { ipv4: { allocated: { "192.168.48.9": "52:54:00:00:00:01" }, used: 1 } };
const RESERVED = {
  ipv4: { allocated: { "192.168.48.1": "RESERVED", "192.168.48.7": "EXCLUDED" }, used: 0 },
};
const NO_ROUTER = { ...ROUTE, gateway: "" };
const OTHER_CIDR = { ...ROUTE, cidr: "10.0.0.0/24", gateway: "10.0.0.1" };
const AUTO = { ...ROUTE, mode: "auto" };

Deno.test("planAutoIPPool() makes the pool that the route describes", () => {
  assert.deepEqual(planOf({}), { step: { do: "create", object: madePool() } });
});

Deno.test("planAutoIPPool() has the server beside a router that is not the first host", () => {
  const { step } = planOf({ route: { cidr: "10.1.2.3/16", gateway: "10.1.255.254" } });
  assert.deepEqual(step.do === "create" && step.object.spec, {
    networkName: "default/net-48",
    ipv4Config: {
      serverIP: "10.1.0.1",
      cidr: "10.1.0.0/16",
      pool: { start: "10.1.0.1", end: "10.1.255.254" },
      router: "10.1.255.254",
    },
  });
});

Deno.test("planAutoIPPool() writes a long name of a network without its namespace, and none that is longer", () => {
  const name = "n".repeat(64);
  const { step } = planOf({ name });
  assert.ok(step.do === "create");
  assert.equal((step.object.spec as JsonObject)["networkName"], name);
  assert.deepEqual(step.object.metadata.labels, { [LABEL]: "annotation" });
  assert.match(planOf({ name: `${name}n` }).note!.note, /name is longer than 64 characters$/);
});

const STEPS: readonly (Situation & { what: string; step: string; note?: RegExp })[] = [
  { what: "a network that is served already", others: ["a/b"], step: "nothing" },
  { what: "a network that goes", isLeaving: true, step: "nothing" },
  { what: "a hand-made pool of the network", pool: ippoolSample(), step: "nothing" },
  {
    what: "a hand-made pool of the name, of another network",
    pool: ippoolSample({ spec: { networkName: "default/other" } }),
    step: "nothing",
    note: /ippool default\/net-48 exists already and serves VM network default\/other/,
  },
  {
    what: "a hand-made pool when the network goes",
    isGone: true,
    pool: ippoolSample(),
    step: "nothing",
  },
  { what: "the pool as it should be", pool: madePool(), step: "nothing" },
  {
    what: "the pool with options",
    pool: madePool({ ipv4Config: { dns: ["1.1.1.1"], leaseTime: 60 } }),
    step: "nothing",
  },
  {
    what: "the pool with exclusions",
    pool: madePool({ pool: { exclude: ["192.168.48.9"] } }),
    step: "nothing",
  },
  { what: "the pool in use", pool: madePool({ status: IN_USE }), hasVms: true, step: "nothing" },
  { what: "a pool that has lost its router", route: NO_ROUTER, pool: madePool(), step: "delete" },
  { what: "another cidr", route: OTHER_CIDR, pool: madePool({ status: RESERVED }), step: "delete" },
  {
    what: "another cidr while VMs have addresses",
    route: OTHER_CIDR,
    pool: madePool({ status: IN_USE }),
    step: "nothing",
    note: /stays as it is: the route has cidr 10.0.0.0\/24, the pool 192.168.48.0\/24. To have it/,
  },
  {
    what: "another cidr while a VM waits",
    route: OTHER_CIDR,
    pool: madePool(),
    hasVms: true,
    step: "nothing",
    note: /remove the VMs from the network and delete the pool$/,
  },
  {
    what: "another cidr of a pool that somebody edited",
    route: OTHER_CIDR,
    pool: madePool({ ipv4Config: { dns: ["1.1.1.1"] } }),
    step: "nothing",
    note: /stays as it is/,
  },
  {
    what: "another gateway while VMs have addresses",
    route: { ...ROUTE, gateway: "192.168.48.254" },
    pool: madePool({ status: IN_USE }),
    step: "nothing",
    note: /the route has gateway 192.168.48.254, the pool router 192.168.48.1/,
  },
  {
    what: "a gateway that is the server",
    route: { ...ROUTE, gateway: "192.168.48.2" },
    pool: madePool({ ipv4Config: { router: undefined }, status: IN_USE }),
    step: "nothing",
    note: /gateway of the route, 192.168.48.2, is the serverIP of the pool/,
  },
  {
    what: "the pool of a broken route",
    route: "{",
    pool: madePool(),
    step: "nothing",
    note:
      /^ippool default\/net-48, which was made for this network, stays as it is: .* must be JSON/,
  },
  {
    what: "the pool of a route of which none can be made",
    route: { cidr: "192.168.48.0/24", gateway: "10.0.0.1" },
    pool: madePool(),
    step: "nothing",
    note: /^ippool default\/net-48, which .* stays as it is: .* is not within subnet$/,
  },
  {
    what: "the pool of a misspelt wish",
    asked: "no",
    pool: madePool(),
    step: "nothing",
    note: /^ippool default\/net-48, which was made for this network, stays as it is: .* not "no"/,
  },
  { what: "the pool of a wish that was withdrawn", asked: "", pool: madePool(), step: "delete" },
  {
    what: "the pool of a network that wants none",
    asked: "false",
    pool: madePool(),
    step: "delete",
  },
  { what: "the pool of a network that goes", isLeaving: true, pool: madePool(), step: "delete" },
  {
    what: "the pool of a network that is gone",
    isGone: true,
    pool: madePool({ status: RESERVED }),
    step: "delete",
  },
  { what: "such a pool in use", isGone: true, pool: madePool({ status: IN_USE }), step: "nothing" },
  {
    what: "such a pool while a VM names it",
    isGone: true,
    pool: madePool(),
    hasVms: true,
    step: "nothing",
  },
  {
    what: "such a pool that is being deleted",
    isGone: true,
    pool: madePool({ metadata: { labels: { [LABEL]: "annotation" }, deletionTimestamp: "x" } }),
    step: "nothing",
  },
  {
    what: "the pool of a manual route without the flag",
    asked: "",
    pool: madePool({}, "manual-route"),
    step: "nothing",
  },
  {
    what: "the pool of a manual route that is gone",
    asked: "",
    route: "",
    pool: madePool({}, "manual-route"),
    policy: "manual-routes",
    step: "delete",
  },
  {
    what: "the pool of a manual route that has become automatic, without the flag",
    asked: "",
    route: AUTO,
    pool: madePool({}, "manual-route"),
    step: "delete",
  },
];

for (const { what, step, note, ...situation } of STEPS) {
  Deno.test(`planAutoIPPool() of ${what}: ${step}`, () => {
    const found = planOf(situation);
    assert.equal(found.step.do, step, found.note?.note);
    if (note === undefined) assert.equal(found.note, undefined);
    else assert.match(found.note?.note ?? "", note);
  });
}

Deno.test("routeConditionsOf() asks to delete a pool only for a route of which another can be made", () => {
  const object = madePool();
  const parsed = parseIPPool(object);
  assert.ok(parsed.ok);
  const statusOf = (route: JsonObject) => {
    const annotations = { "network.harvesterhci.io/route": JSON.stringify(route) };
    const metadata = { name: "net-48", namespace: "default", annotations };
    const nad = { apiVersion: "k8s.cni.cncf.io/v1", kind: "NetworkAttachmentDefinition", metadata };
    return routeConditionsOf({ object, settings: parsed.value.spec.ipv4Config }, nad)
      .map(({ status, reason }) => `${status} ${reason}`);
  };
  assert.deepEqual(statusOf(ROUTE), ["True SameAsRoute"]);
  assert.deepEqual(statusOf(OTHER_CIDR), ["False RouteChanged"]);
  assert.deepEqual(statusOf({ ...ROUTE, cidr: "192.168.48.1/32" }), []);
  assert.deepEqual(statusOf({ ...ROUTE, gateway: "10.0.0.1" }), []);
});

const PATCHES: readonly (Situation & { what: string; patch: JsonObject })[] = [
  {
    what: "adds a router to a pool in use that had none",
    pool: madePool({ ipv4Config: { router: undefined }, status: IN_USE }),
    patch: { spec: { ipv4Config: { router: "192.168.48.1" } } },
  },
  {
    what: "notes that a pool of a route is asked for",
    pool: madePool({}, "manual-route"),
    patch: { metadata: { labels: { [LABEL]: "annotation" } } },
  },
];

for (const { what, patch, ...situation } of PATCHES) {
  Deno.test(`planAutoIPPool() ${what}`, () => {
    // As JSON: an object of the API has no undefined fields.
    const pool = JSON.parse(JSON.stringify(situation.pool));
    assert.deepEqual(planOf({ ...situation, pool }), { step: { do: "patch", patch } });
  });
}

Deno.test("planAutoIPPool() is at rest after its plan was carried out, whatever the situation", () => {
  const nads = [{}, { asked: "" }, { asked: "false" }, { isGone: true }, {
    type: "OverlayNetwork",
  }];
  const routes = [ROUTE, NO_ROUTER, OTHER_CIDR, AUTO, "{", ""];
  const pools = [
    undefined,
    madePool(),
    madePool({ status: IN_USE }),
    madePool({}, "manual-route"),
    ippoolSample(),
  ];
  for (const policy of ["annotated", "manual-routes"] as const) {
    for (const nad of nads) {
      for (const route of routes) {
        for (const pool of pools) {
          let situation: Situation = { ...nad, route, policy, ...(pool && { pool }) };
          for (let steps = 0; planOf(situation).step.do !== "nothing"; steps++) {
            assert.ok(steps < 4, JSON.stringify(situation));
            situation = carryOut(situation, planOf(situation));
          }
        }
      }
    }
  }
});

function carryOut({ pool, ...rest }: Situation, { step }: AutoIPPoolPlan): Situation {
  switch (step.do) {
    case "create":
      return { ...rest, pool: step.object };
    case "patch": {
      const { metadata, spec } = step.patch as { metadata?: JsonObject; spec?: JsonObject };
      const router = spec?.["ipv4Config"] as JsonObject | undefined;
      const { ipv4Config, ...others } = pool!.spec as { ipv4Config: JsonObject };
      return {
        ...rest,
        pool: {
          ...pool!,
          metadata: { ...pool!.metadata, ...metadata },
          spec: { ...others, ipv4Config: { ...ipv4Config, ...router } },
        },
      };
    }
    default:
      return rest;
  }
}
