/** Whatever an object holds, the rules come to a verdict. */

import assert from "node:assert/strict";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { denialOf, judge } from "../../../lib/admission/judge.ts";
import type { AdmissionRequest } from "../../../lib/admission/contract.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { isJsonObject } from "../../../lib/base/json.ts";
import { networkSample, worldOf } from "../../support/apiserver/admission_worlds.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";

const OBJECTS = 10_000;

const STRANGE: readonly unknown[] = [
  ...[null, true, -1, 0, 1.5, 2 ** 53, "", "x", "\u0000", "é".repeat(300), [], {}, [[]], [null]],
  ...["0.0.0.0", "255.255.255.255", "10.0.0.0/8", "0.0.0.0/0", "::/0", "192.168.48.85", "a/b/c"],
  ...[{ __proto__: 1 }, { "constructor": "x" }, { "": 1 }, ["192.168.48.85", 7], "default/net-48"],
];

/** Puts something strange in the place of one of the values. */
function spoil(object: Record<string, unknown>, random: () => number): void {
  let at: Record<string, unknown> = object;
  for (;;) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = keys[Math.floor(random() * keys.length)]!;
    const next = at[key];
    if (random() < 0.7 && (isJsonObject(next) || Array.isArray(next) && next.length > 0)) {
      at = next as Record<string, unknown>;
      continue;
    }
    if (random() < 0.2) delete at[key];
    else at[key] = structuredClone(STRANGE[Math.floor(random() * STRANGE.length)]);
    return;
  }
}

function spoiled<T extends KubeObject>(sample: T, random: () => number): T {
  const object = JSON.parse(JSON.stringify(sample));
  for (let times = Math.floor(random() * 4); times > 0; times--) spoil(object, random);
  return object;
}

const STATUS = {
  ipv4: { allocated: { "192.168.48.85": "fa:cf:8e:50:82:fd", "192.168.48.77": "RESERVED" } },
  networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fd", networkName: "net-48" }],
};

const ROUTE = {
  "network.harvesterhci.io/route": '{"mode":"auto","serverIPAddr":"1.1.1.1","cidr":"1.1.1.0/24"}',
};

function anyRequest(random: () => number): AdmissionRequest {
  const isPool = random() < 0.7;
  const type = isPool ? IPPOOLS : VIRTUAL_MACHINE_NETWORK_CONFIGS;
  const sample = isPool ? ippoolSample({ status: STATUS }) : vmnetcfgSample({ status: STATUS });
  const operation = (["CREATE", "UPDATE", "DELETE"] as const)[Math.floor(random() * 3)]!;
  return {
    type,
    operation,
    ...(operation === "DELETE" ? {} : { object: spoiled(sample, random) }),
    ...(operation === "CREATE" ? {} : { oldObject: spoiled(sample, random) }),
  };
}

Deno.test("judge() and defaultIPPool() come to an end with 10000 spoiled objects", () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= OBJECTS; seed++) {
    const random = mulberry32(seed);
    const request = anyRequest(random);
    const networks = [spoiled(networkSample("net-48", {}, ROUTE), random)];
    try {
      const { errors, warnings } = judge(
        request,
        worldOf({
          networks: networks.filter(({ metadata }) => isJsonObject(metadata)),
          pools: [ippoolSample({ metadata: { name: "other" }, status: STATUS })],
          vmnetcfgs: [vmnetcfgSample()],
          nodes: { "node-1": "192.168.48.85" },
          serviceCidrs: ["192.168.0.0/16"],
        }),
      );
      for (const { check } of [...errors, ...warnings]) outcomes.add(check);
      denialOf(request, errors);
      if (request.object !== undefined) defaultIPPool(request.object);
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify(request)}`, { cause: error });
    }
  }
  assert.ok(outcomes.size > 10, [...outcomes].join());
});
