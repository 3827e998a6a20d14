import assert from "node:assert/strict";
import type { JsonObject } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";
import { IPPOOLS, NAMESPACES } from "../api/resources.ts";
import { judgeAlone } from "../../tests/support/apiserver/object_rules.ts";

function pool(ipv4Config: JsonObject): KubeObject {
  return {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name: "pool", namespace: "default" },
    spec: {
      networkName: "default/net",
      ipv4Config: {
        serverIP: "10.0.0.2",
        cidr: "10.0.0.0/24",
        pool: { start: "10.0.0.10", end: "10.0.0.20" },
        router: "10.0.0.1",
        ...ipv4Config,
      },
    },
  };
}

function warnings(object: KubeObject): readonly string[] {
  return judgeAlone({ type: IPPOOLS, operation: "CREATE", object }).warnings
    .map(({ field, message }) => `${field}: ${message}`);
}

function routes(count: number): JsonObject {
  return {
    routes: Array.from({ length: count }, (_, i) => (
      { destination: `10.1.${i}.0/24`, gateway: "10.0.0.254" }
    )),
  };
}

Deno.test("judge() says what clients that take 576 octets are not told", () => {
  assert.deepEqual(warnings(pool(routes(5))), []);
  assert.deepEqual(warnings(pool(routes(35))), [
    "spec.ipv4Config: a client that does not accept more than 576 octets (option 57) and asks for " +
    "everything is not told option 249 (classless static route (Microsoft), 285 octets): its " +
    "replies have room for 307 octets of options",
    "spec.ipv4Config: a client that does not accept more than 576 octets (option 57) and asks for " +
    "nothing in particular (option 55) is not told option 121 (classless static route, 285 " +
    "octets): its replies have room for 307 octets of options",
  ]);
});

Deno.test("judge() counts a name of an NTP server as an address", () => {
  const options = [{ code: 224, hex: "00".repeat(200) }, { code: 225, hex: "00".repeat(24) }];
  const withNames = pool({ options, ntp: ["a.example.com", "b.example.com", "10.0.0.3"] });
  assert.match(warnings(withNames).join(), /option 225 \(24 octets\)/);
});

Deno.test("judge() names the MTU of the pool when that is the limit", () => {
  const [warning] = warnings(pool({ ...routes(20), mtu: 400 }));
  assert.match(warning!, /not accept more than 400 octets \(mtu\) .* room for 131 octets/);
  const [without] = warnings(pool({ mtu: 68 }));
  assert.match(without!, /more than 68 octets \(mtu\) .*: its replies are larger than that even/);
});

Deno.test("judge() names a few of many options", () => {
  const options = Array.from({ length: 20 }, (_, i) => ({ code: 200 + i, hex: "00".repeat(250) }));
  assert.match(warnings(pool({ options }))[0]!, /option 204 \(250 octets\).* and \d+ more: /);
});

Deno.test("judge() warns of nothing in objects that cannot be read, and other kinds", () => {
  assert.deepEqual(warnings(pool({ cidr: "x" })), []);
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
  const nothing = { errors: [], warnings: [] };
  assert.deepEqual(judgeAlone({ type: NAMESPACES, operation: "CREATE", object }), nothing);
  assert.deepEqual(judgeAlone({ type: IPPOOLS, operation: "DELETE" }), nothing);
});
