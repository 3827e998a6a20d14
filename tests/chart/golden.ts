/** What the chart renders for some values, as it is kept in tests/testdata/chart/golden/. */

import type { JsonObject } from "../../lib/base/json.ts";
import assert from "node:assert/strict";
import { PROJECT } from "../../tools/steps.ts";
import { template } from "./helm.ts";

const FOLDER = `${PROJECT}/tests/testdata/chart/golden`;

/** Values by the names of the files. */
export const GOLDEN: Readonly<Record<string, JsonObject>> = {
  default: {},
  everything: {
    replicaCount: 2,
    global: { imageRegistry: "registry.example.com:5000" },
    image: { digest: `sha256:${"0a".repeat(32)}` },
    imagePullSecrets: [{ name: "registry" }],
    agent: {
      replicas: 3,
      image: { tag: "v2" },
      resources: { requests: { cpu: "50m" } },
      tolerations: [{ key: "example.com/dhcp", operator: "Exists" }],
      nodeSelector: { "example.com/rack": "a" },
    },
    controller: { logLevel: "debug", extraArgs: ["--enable-cache-dump-api"] },
    service: { metricsPort: 9090 },
    tolerations: [{ key: "example.com/infra", operator: "Exists" }],
    networkPolicy: { enabled: true },
  },
  least: { agent: { enabled: false }, crds: { manage: false }, webhook: { enabled: false } },
};

/** The file of these values. */
export function readGolden(name: string): Promise<string> {
  return Deno.readTextFile(`${FOLDER}/${name}.yaml`);
}

/** What is rendered now, whatever the version is. */
export async function renderGolden(name: string): Promise<string> {
  const { code, stdout, stderr } = await template({ values: GOLDEN[name]! });
  assert.equal(code, 0, stderr);
  const [, version] = /^ *app\.kubernetes\.io\/version: "?(\S+?)"?$/m.exec(stdout)!;
  return stdout.replaceAll(version!, "VERSION");
}

if (import.meta.main) {
  for (const name of Object.keys(GOLDEN)) {
    await Deno.writeTextFile(`${FOLDER}/${name}.yaml`, await renderGolden(name));
  }
}
