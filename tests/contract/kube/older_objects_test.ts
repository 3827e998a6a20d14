/** Objects that were stored before a rule came stay usable on a kube-apiserver. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { isJsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { ApiConnection, at } from "../../support/apiserver/api_connection.ts";
import { type CrdName, readCrd } from "../../support/apiserver/crds.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { installDefinitions } from "../../support/cluster/definitions.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** Beside our own group, whose definitions are there already. */
const GROUP = "older.example.com";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RULES = "x-kubernetes-validations";

const OBJECTS: readonly { readonly crd: CrdName; readonly object: JsonObject }[] = [
  {
    crd: "ippool",
    object: ippoolSample({
      ipv4Config: {
        cidr: "224.0.0.0/24",
        dns: ["0.0.0.0"],
        ntp: ["10.0.0.300"],
        domainName: "two names",
        domainSearch: ["10.0.0.1"],
        router: "224.0.0.1",
        relays: ["255.255.255.255"],
      },
    }),
  },
  {
    crd: "virtualmachinenetworkconfig",
    object: vmnetcfgSample({
      spec: {
        networkConfigs: [{
          macAddress: "01:00:5e:00:00:01",
          networkName: "default/net-48",
          ipAddress: "0.0.0.0",
        }],
      },
    }),
  },
];

/** The definition in the group of the test. */
function definitionOf(name: CrdName): JsonObject {
  const crd = readCrd(name);
  const plural = at(crd, "spec.names.plural");
  const spec = { ...crd.spec as JsonObject, group: GROUP };
  return { ...crd, metadata: { name: `${plural}.${GROUP}` }, spec };
}

/** The same without rules of CEL, as it may have been before there were any. */
function withoutRules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRules);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== RULES);
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutRules(child)]));
}

await integrationTest({
  name: "on a kube-apiserver, what a new rule refuses can be served and let go where it is stored",
  needs: ["kube"],
  run: async () => {
    // Its own: definitions that come and go would be in the way of tests that list groups.
    await using plane = await ControlPlane.start({ withoutControllers: true });
    using api = new ApiConnection(plane.access);
    const definitions = OBJECTS.map(({ crd }) => definitionOf(crd));
    await installDefinitions(api, definitions.map((crd) => withoutRules(crd) as JsonObject));
    for (const [i, definition] of definitions.entries()) {
      const plural = at(definition, "spec.names.plural");
      const path = `/apis/${GROUP}/v1alpha1/namespaces/default/${plural}`;
      const metadata = { name: "older", finalizers: ["tests/kept"] };
      const object = { ...OBJECTS[i]!.object, apiVersion: `${GROUP}/v1alpha1`, metadata };
      const stored = await api.send("POST", path, { body: object });
      assert.equal(stored.status, 201, stored.text);

      const of = `${DEFINITIONS}/${plural}.${GROUP}`;
      const rules = await api.mergePatch(of, { spec: definition.spec });
      assert.equal(rules.status, 200, rules.text);
      const newer = { ...object, metadata: { name: "newer" } };
      await waitUntil(async () => {
        const { status } = await api.send("POST", `${path}?dryRun=All`, { body: newer });
        return status === 422 || undefined;
      }, { what: `the rules of ${plural} to come into force` });

      const conditions = [{ type: "Served", status: "True" }];
      const changes = [
        [`${path}/older/status`, { status: { conditions } }],
        [`${path}/older`, { metadata: { labels: { a: "b" } } }],
        [`${path}/older`, { spec: { paused: true } }],
      ] as const;
      for (const [place, change] of changes) {
        const answer = await api.mergePatch(place, change);
        assert.equal(answer.status, 200, answer.text);
      }
      await api.send("DELETE", `${path}/older`);
      const last = await api.mergePatch(`${path}/older`, { metadata: { finalizers: null } });
      assert.equal(last.status, 200, last.text);
      assert.equal((await api.send("GET", `${path}/older`)).status, 404);
    }
  },
});
