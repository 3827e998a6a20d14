/** Every switch of the chart both ways, for helm lint and for a real API server. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { kubectlPath } from "../../tools/kubernetes/programs.ts";
import { readChartTexts } from "../../tools/chart/chart.ts";
import { type Schema, valuesOf } from "../../tools/chart/values_document.ts";
import { makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { Kubectl } from "../support/console/kubectl.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { CHART, fieldOf, render, runHelm } from "./helm.ts";
import { inFolder } from "../support/harness/in_folder.ts";

/** A setting of one value, such as `crds.manage` to false. */
type Setting = readonly [path: string, value: boolean | string | null];

/** Both ways of every value that is true or false, and of those that may be `auto` as well. */
async function settings(): Promise<readonly Setting[]> {
  const { "values.yaml": values, "values.schema.json": text } = await readChartTexts();
  const schema: Schema = JSON.parse(text);
  return valuesOf(values, schema).flatMap(({ path }) => {
    const part = fieldOf(
      schema,
      `properties.${path.replaceAll(".", ".properties.")}`,
    ) as JsonObject;
    const choices = (part["enum"] ?? []) as readonly unknown[];
    const isSwitch = part["type"] === "boolean" || choices.includes(true);
    return isSwitch ? [[path, true], [path, false]] as const : [];
  });
}

/** Values with these settings. */
function valuesWith(chosen: readonly Setting[]): JsonObject {
  const values: Record<string, unknown> = {};
  for (const [path, value] of chosen) {
    const names = path.split(".");
    const last = names.pop()!;
    const group = names.reduce(
      (object, name) => (object[name] ??= {}) as Record<string, unknown>,
      values,
    );
    group[last] = value;
  }
  return values as JsonObject;
}

/** What has to be said where something is switched on. */
const NEEDED: readonly Setting[] = [["webhook.tls.certManager.issuerRef.name", "ca"]];

/** Each setting alone, and all switches one way and the other, with one controller and with two. */
async function renderings(): Promise<readonly JsonObject[]> {
  const all = await settings();
  assert.ok(all.length >= 16, JSON.stringify(all));
  const ways = [true, false].map((way) => all.filter(([, value]) => value === way));
  return [
    ...all.map((setting) => [setting]),
    ...ways,
  ].map((chosen) => valuesWith([...NEEDED, ...chosen])).flatMap((values, index) =>
    index < all.length ? [values] : [values, { ...values, replicaCount: 2 }]
  );
}

await integrationTest({
  name: "objects and lists that are taken away by null leave a chart that renders",
  needs: ["helm"],
  async run() {
    const { "values.yaml": text, "values.schema.json": schema } = await readChartTexts();
    const free = valuesOf(text, JSON.parse(schema)).filter(({ byDefault }) =>
      typeof byDefault === "object"
    );
    assert.ok(free.length > 15);
    for (const { path } of free) await render({ values: valuesWith([[path, null]]) });
    await render({ values: valuesWith(free.map(({ path }) => [path, null])) });
  },
});

await integrationTest({
  name: "helm lint --strict has nothing against any switch of the chart",
  needs: ["helm"],
  async run() {
    for (const values of await renderings()) {
      const { code, stdout } = await runHelm(["lint", "--strict", CHART, "--values", "-"], {
        input: JSON.stringify(values),
      });
      assert.equal(code, 0, `${JSON.stringify(values)}: ${stdout}`);
      assert.doesNotMatch(stdout, /\[(WARNING|ERROR)\]/);
    }
  },
});

await integrationTest({
  name: "a kube-apiserver takes every object of the chart, whichever way its switches are",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "chart");
    await inFolder(async (home) => {
      const kubectl = new Kubectl(await kubectlPath(), access.kubeconfig, home);
      // Most are the same in all renderings.
      const objects = new Map<string, KubeObject>();
      for (const values of await renderings()) {
        for (const object of await render({ values, namespace })) {
          objects.set(JSON.stringify(object), object);
        }
      }
      // The kinds of the Prometheus operator and of cert-manager are not there.
      const items = [...objects.values()].filter(({ apiVersion }) =>
        !/^(monitoring|cert-manager)\./.test(apiVersion)
      );
      assert.ok(items.length > 20);
      const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
      const { code, stderr } = await kubectl.run(args, { apiVersion: "v1", kind: "List", items });
      assert.deepEqual([code, stderr], [0, ""]);
    });
  },
});

await integrationTest({
  name: "names of digits alone stay texts",
  needs: ["helm"],
  async run() {
    const enabled = { enabled: true };
    const monitoring = { serviceMonitor: enabled, podMonitor: enabled, prometheusRule: enabled };
    const others = { grafanaDashboard: enabled, networkPolicy: enabled, replicaCount: 2 };
    const objects = await render({
      values: { ...monitoring, ...others, imagePullSecrets: ["9"], nameOverride: "7" },
      namespace: "42",
    });
    for (const object of objects) {
      const text = JSON.stringify(object);
      assert.doesNotMatch(text, /"(name|namespace|app.kubernetes.io\/\w+)":[^"{[]/, text);
      assert.doesNotMatch(text, /"matchNames":\[[^"]/, text);
    }
    assert.ok(objects.some((object) => JSON.stringify(object).includes('{"name":"9"}')));
  },
});
