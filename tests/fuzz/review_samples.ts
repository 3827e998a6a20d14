/** Reviews that are spoiled somewhere, and the worlds that they are judged in. */

import type { AdmissionWorld } from "../../lib/admission/contract.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import { networkSample, worldOf } from "../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import type { SeededRandom } from "./random.ts";

/** As large as a cluster may become. */
const POOLS = 200;
const CONFIGS = 10_000;
const BINDINGS = 10_000;

/** One review in so many has the large pool, and as many are judged in the large world. */
const LARGE_ONE_IN = 100;

const STRANGE: readonly unknown[] = [
  ...[null, true, -1, 0, 1.5, 2 ** 53, "", "x", "\u0000", "é".repeat(300), [], {}, [[]], [null]],
  ...["0.0.0.0", "255.255.255.255", "10.0.0.0/8", "0.0.0.0/0", "::/0", "192.168.48.85", "a/b/c"],
  ...["10.0.0.0", "10.255.255.255", "10.0.0.1", "10.255.255.254", "10.9.9.9"],
  ...[{ __proto__: 1 }, { "constructor": "x" }, { "": 1 }, ["192.168.48.85", 7], "default/net-48"],
];

const STATUS = {
  ipv4: { allocated: { "192.168.48.85": "fa:cf:8e:50:82:fd", "192.168.48.77": "RESERVED" } },
  networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fd", networkName: "net-48" }],
};

const ROUTE = {
  "network.harvesterhci.io/route": '{"mode":"auto","serverIPAddr":"1.1.1.1","cidr":"1.1.1.0/24"}',
};

/** All of 10.0.0.0/8, with as many exclusions and bindings as somebody could write into it. */
const LARGE_POOL = ippoolSample({
  ipv4Config: { cidr: "10.0.0.0/8", serverIP: "10.0.0.1", router: "10.0.0.2" },
  pool: {
    start: "10.0.0.3",
    end: "10.255.255.254",
    exclude: Array.from({ length: 3000 }, (_, i) => addressOf(0x010000 + i)),
  },
  status: { ipv4: { allocated: boundTo(0x020000) } },
});

const POOL = ippoolSample({ status: STATUS });
const CONFIG = vmnetcfgSample({ status: STATUS });

function addressOf(host: number): string {
  return `10.${host >> 16}.${(host >> 8) & 0xff}.${host & 0xff}`;
}

function macOf(number: number): string {
  return `52:54:${number.toString(16).padStart(8, "0").match(/../g)!.join(":")}`;
}

function boundTo(first: number): JsonObject {
  return Object.fromEntries(
    Array.from({ length: BINDINGS }, (_, i) => [addressOf(first + i), macOf(i)]),
  );
}

/** The worlds of a run: small ones that are spoiled, too, and the large one. */
export function worldsFor(random: SeededRandom): readonly AdmissionWorld[] {
  return [largeWorld(), ...Array.from({ length: LARGE_ONE_IN }, () => smallWorld(random))];
}

function smallWorld(random: SeededRandom): AdmissionWorld {
  // The API server sees to it that an object has a name.
  const named = ({ metadata }: KubeObject) =>
    isJsonObject(metadata) && typeof metadata.name === "string";
  const other = ippoolSample({ metadata: { name: "other" }, status: STATUS });
  return worldOf({
    networks: [spoiled(networkSample("net-48", {}, ROUTE), random)].filter(named),
    pools: [spoiled(other, random)].filter(named),
    vmnetcfgs: [vmnetcfgSample()],
    nodes: { "node-1": "192.168.48.85" },
    serviceCidrs: ["192.168.0.0/16"],
  });
}

/** All pools and all VMs are on one network, the large pool among them. */
function largeWorld(): AdmissionWorld {
  const large = { ...LARGE_POOL, metadata: { ...LARGE_POOL.metadata, name: "large" } };
  const others = Array.from(
    { length: POOLS },
    (_, i) => ippoolSample({ metadata: { name: `pool-${i}` }, status: STATUS }),
  );
  const vmnetcfgs = Array.from({ length: CONFIGS }, (_, i) =>
    vmnetcfgSample({
      metadata: { name: `vm-${i}` },
      spec: { networkConfigs: [{ macAddress: macOf(i), networkName: "default/net-48" }] },
    }));
  return worldOf({
    networks: [networkSample("net-48")],
    pools: [large, ...others],
    vmnetcfgs,
    nodes: { "node-1": "10.9.9.9" },
  });
}

/** The text of a review, which may be no JSON at all. */
export function anyReview(random: SeededRandom): string {
  const text = JSON.stringify(reviewOf(random));
  if (!random.oneIn(10)) return text;
  const at = random.below(text.length);
  return random.oneIn(2) ? text.slice(0, at) : text.slice(0, at) + "\\" + text.slice(at + 1);
}

/** A change of the large pool. */
export function largestReview(): string {
  const request = { operation: "UPDATE", object: LARGE_POOL, oldObject: LARGE_POOL };
  return JSON.stringify(inReview(request));
}

function reviewOf(random: SeededRandom): JsonObject {
  const sample = random.oneIn(LARGE_ONE_IN) ? LARGE_POOL : random.oneIn(3) ? CONFIG : POOL;
  const operation = random.pick(["CREATE", "UPDATE", "DELETE"]);
  const request = {
    uid: "u",
    resource: {
      group: "network.harvesterhci.io",
      version: "v1alpha1",
      resource: sample === CONFIG ? "virtualmachinenetworkconfigs" : "ippools",
    },
    operation,
    userInfo: { username: "admin" },
    ...(operation === "DELETE" ? {} : { object: spoiled(sample, random) }),
    ...(operation === "CREATE" ? {} : { oldObject: spoiled(sample, random) }),
  };
  if (random.oneIn(10)) spoil(request, random);
  return inReview(request);
}

function inReview(request: JsonObject): JsonObject {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

function spoiled<T extends KubeObject>(sample: T, random: SeededRandom): T {
  const object = JSON.parse(JSON.stringify(sample));
  for (let times = random.below(4); times > 0; times--) spoil(object, random);
  return object;
}

/** Puts something strange in the place of one of the values. */
function spoil(object: Record<string, unknown>, random: SeededRandom): void {
  let at: Record<string, unknown> = object;
  for (;;) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = random.pick(keys);
    const next = at[key];
    if (!random.oneIn(3) && (isJsonObject(next) || Array.isArray(next) && next.length > 0)) {
      at = next as Record<string, unknown>;
      continue;
    }
    if (random.oneIn(5)) delete at[key];
    else at[key] = structuredClone(random.pick(STRANGE));
    return;
  }
}
