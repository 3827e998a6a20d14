/** What `vm-dhcp explain` and `vm-dhcp status` print, as people see it. */

import assert from "node:assert/strict";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { Subject, World } from "../../../lib/explain/contract.ts";
import { explain } from "../../../lib/explain/explain.ts";
import { statusOf, statusText } from "../../../lib/explain/status.ts";
import { explanationText } from "../../../lib/explain/text.ts";
import { SITUATIONS, TEST_VM } from "../../support/explain/situations.ts";
import { clusterOf, MAC, observed, poolOf, worldOf } from "../../support/explain/worlds.ts";

const SNAPSHOTS = new URL("../../testdata/explain/", import.meta.url);

const POOL: Subject = { kind: "pool", name: { namespace: "default", name: "ippool-1" } };

const AWAY = {
  ok: false,
  why: "the API server at https://10.0.0.1:6443 (named in ~/.kube/config) cannot be reached: " +
    "tcp connect error: Connection refused (os error 111)",
} as const;

const UNREAD: Partial<World> = {
  ...{ ippools: AWAY, vmnetcfgs: AWAY, networks: AWAY, pods: AWAY, deployments: AWAY },
  ...{ leader: AWAY, webhookConfigurations: AWAY, backends: new Map() },
};

/** @param silence Why nobody answers; empty when somebody does. */
function webhookAt(silence: string): Partial<World> {
  const url = "https://10.0.0.5:8443/v1/webhook/validation";
  const configuration = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "webhook" },
    webhooks: [{ failurePolicy: "Fail", clientConfig: { url } }],
  };
  return {
    webhookConfigurations: { ok: true, value: [configuration] },
    urls: new Map([[url, silence]]),
  };
}

const texts = new Map<string, string>([
  ...SITUATIONS.map(({ name, world }) =>
    [`vm, ${name}`, explanationText(explain(TEST_VM, world))] as const
  ),
  ["pool, all is well", explanationText(explain(POOL, worldOf()))],
  [
    "pool, a machine asks without being known",
    explanationText(explain(POOL, SITUATIONS[1]!.world)),
  ],
  ...["fa:cf:8e:50:82:fc", "52:54:00:00:00:99"].map((text) =>
    [
      `mac, ${text === MAC ? "of a VM" : "of nobody"}`,
      explanationText(explain({ kind: "mac", text }, worldOf())),
    ] as const
  ),
  ...["192.168.48.82", "192.168.48.83", "10.0.0.1"].map((text, i) =>
    [
      `address, ${["held", "free", "of no pool"][i]}`,
      explanationText(explain({ kind: "address", text }, worldOf())),
    ] as const
  ),
  [
    "network, of a name that is almost right",
    explanationText(
      explain({ kind: "network", name: { namespace: "default", name: "net-84" } }, worldOf()),
    ),
  ],
  ["status of a cluster, as JSON", JSON.stringify(statusOf(clusterOf()), null, 2)],
  ["status without an API server", statusText(statusOf(clusterOf(UNREAD)))],
  ["status of a webhook at a URL", statusText(statusOf(clusterOf(webhookAt(""))))],
  [
    "status of a webhook at a URL where nobody answers",
    statusText(statusOf(clusterOf(webhookAt("tcp connect error: Connection refused")))),
  ],
  ["vm, all is well, as JSON", JSON.stringify(explain(TEST_VM, worldOf()), null, 2)],
  ["status of standalone", statusText(statusOf(worldOf()))],
  ["status of a cluster", statusText(statusOf(clusterOf()))],
  [
    "status of a cluster in trouble",
    statusText(statusOf(clusterOf({
      ippools: {
        ok: true,
        value: [
          observed(poolOf(), parseIPPool),
          observed(poolOf({ poolSpec: { paused: true }, poolName: "ippool-2" }), parseIPPool),
        ],
      },
      leader: { ok: true, value: undefined },
      backends: new Map([["harvester-system/webhook", { ok: true, value: 0 }]]),
    }))),
  ],
]);

function fileOf(name: string): URL {
  return new URL(`${name.replace(/[^a-zA-Z]+/g, "_").toLowerCase()}.txt`, SNAPSHOTS);
}

// To change them on purpose: deno run -A tests/contract/explain/snapshots_test.ts
if (import.meta.main) {
  for (const [name, text] of texts) await Deno.writeTextFile(fileOf(name), `${text}\n`);
} else {
  for (const [name, text] of texts) {
    Deno.test(`explanation of ${name}`, async () => {
      assert.equal(`${text}\n`, await Deno.readTextFile(fileOf(name)));
    });
  }

  Deno.test("tests/testdata/explain has no other explanations", () => {
    const files = [...Deno.readDirSync(SNAPSHOTS)].map((entry) => entry.name);
    const known = [...texts.keys()].map((name) => fileOf(name).pathname.split("/").at(-1)!);
    assert.deepEqual(files.sort(), known.sort());
  });
}
