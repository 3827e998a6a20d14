/**
 * The verdicts of the embedded API server and of kube-apiserver on objects of our kinds, by schema and
 * CEL rules together.
 */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { type Answer, ApiConnection, at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import type { Sample } from "../samples/crd_sample.ts";
import { IPPOOL_SAMPLES } from "../samples/ippool_samples.ts";
import { OPTION_SAMPLES } from "../samples/option_samples.ts";
import { VMNETCFG_SAMPLES } from "../samples/vmnetcfg_samples.ts";
import { MERGE_PATCH } from "./recorded_api.ts";

type Plural = "ippools" | "virtualmachinenetworkconfigs";

/** A write whose verdict is compared. */
interface Question {
  readonly what: string;
  readonly ask: (api: ApiConnection) => Promise<Answer>;
}

/** Changes of an existing object: each immutable field is changed, removed or left alone. */
const CHANGES: readonly (readonly [Plural, string, JsonObject])[] = [
  ["ippools", "nothing", {}],
  ["ippools", "another network", { networkName: "default/other" }],
  ["ippools", "no ipv4Config", { ipv4Config: null }],
  ["ippools", "another cidr", { ipv4Config: { cidr: "192.168.0.0/16" } }],
  ["ippools", "another serverIP", { ipv4Config: { serverIP: "192.168.48.78" } }],
  ["ippools", "another router", { ipv4Config: { router: "192.168.48.2" } }],
  ["ippools", "no router", { ipv4Config: { router: null } }],
  ["ippools", "a higher start", { ipv4Config: { pool: { start: "192.168.48.82" } } }],
  ["ippools", "a higher start of more digits", {
    ipv4Config: { pool: { start: "192.168.48.100", end: "192.168.48.200" } },
  }],
  ["ippools", "a lower start", { ipv4Config: { pool: { start: "192.168.48.9" } } }],
  ["ippools", "the network address for a start", {
    ipv4Config: { pool: { start: "192.168.48.0" } },
  }],
  ["ippools", "a start below the subnet", { ipv4Config: { pool: { start: "192.168.47.255" } } }],
  ["ippools", "a lower end", { ipv4Config: { pool: { end: "192.168.48.89" } } }],
  ["ippools", "a higher end", { ipv4Config: { pool: { end: "192.168.48.254" } } }],
  ["ippools", "the broadcast address for an end", {
    ipv4Config: { pool: { end: "192.168.48.255" } },
  }],
  ["ippools", "an end beyond the subnet", { ipv4Config: { pool: { end: "192.168.49.0" } } }],
  ["ippools", "an end far beyond the subnet", { ipv4Config: { pool: { end: "255.168.48.91" } } }],
  ["ippools", "a range that grows and exclusions", {
    ipv4Config: {
      pool: {
        start: "192.168.48.1",
        end: "192.168.48.200",
        exclude: ["192.168.48.81", "192.168.48.90", "192.168.48.150"],
      },
    },
  }],
  ["ippools", "exclusions in another order", {
    ipv4Config: { pool: { exclude: ["192.168.48.90", "192.168.48.81"] } },
  }],
  ["ippools", "an exclusion that begins as one did", {
    ipv4Config: { pool: { exclude: ["192.168.48.81", "192.168.48.9"] } },
  }],
  ["ippools", "no exclusions", { ipv4Config: { pool: { exclude: [] } } }],
  ["ippools", "another exclude", { ipv4Config: { pool: { exclude: ["192.168.48.85"] } } }],
  ["ippools", "no exclude", { ipv4Config: { pool: { exclude: null } } }],
  ["ippools", "another dns", { ipv4Config: { dns: ["9.9.9.9"] } }],
  ["ippools", "another leaseTime", { ipv4Config: { leaseTime: 600 } }],
  ["ippools", "a boot file for what is not iPXE and has its features", {
    ipv4Config: { boot: { files: [{ file: "a", ipxe: false, ipxeFeatures: ["http"] }] } },
  }],
  ["ippools", "an option that is the server's own", {
    ipv4Config: { options: [{ code: 53, hex: "01" }] },
  }],
  ["virtualmachinenetworkconfigs", "another VM", { vmName: "other" }],
  ["virtualmachinenetworkconfigs", "no VM", { vmName: null }],
  ["virtualmachinenetworkconfigs", "other NICs", {
    networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fd", networkName: "default/net-48" }],
  }],
  ["virtualmachinenetworkconfigs", "both spellings", {
    networkConfig: [{ macAddress: "fa:cf:8e:50:82:fd", networkName: "default/net-48" }],
  }],
];

/** What CEL can only say of the range and its subnet together, without `fieldPath`, which is new. */
const BEYOND_SUBNET = [
  ...["the network address for a start", "a start below the subnet"],
  ...[
    "the broadcast address for an end",
    "an end beyond the subnet",
    "an end far beyond the subnet",
  ],
];

/** Deliberate differences. */
const MEANT: Readonly<Record<string, string>> = {
  "ippools: a server address with a leading zero":
    "kube-apiserver takes 048 for 48; some programs read it as octal",
  "ippools: no ipv4Config": "the webhook asks for it, for the pool has nothing to hand out",
  ...Object.fromEntries(
    ["ippools", "ippools that are being deleted"].flatMap((subject) => [
      [`${subject} get no ipv4Config`, "the webhook names the field besides"],
      ...BEYOND_SUBNET.map((what) => [`${subject} get ${what}`, "the webhook names the field"]),
    ]),
  ),
};

/** Where kube-apiserver says that it did not evaluate the rules of an invalid object. */
const NO_FIELD = "<nil>";

function pathOf(plural: Plural, rest = ""): string {
  return `/apis/network.harvesterhci.io/v1alpha1/namespaces/verdicts/${plural}${rest}`;
}

function creation(plural: Plural, { name, object }: Sample): Question {
  const { metadata: _metadata, ...body } = object as JsonObject;
  const dryRun = { ...body, metadata: { name: "sample" } };
  return {
    what: `${plural}: ${name}`,
    ask: (api) => api.send("POST", pathOf(plural, "?dryRun=All"), { body: dryRun }),
  };
}

function change([plural, what, spec]: (typeof CHANGES)[number]): Question {
  const headers = { "content-type": MERGE_PATCH };
  const path = pathOf(plural, "/there?dryRun=All");
  return {
    what: `${plural} get ${what}`,
    ask: (api) => api.send("PATCH", path, { body: { spec }, headers }),
  };
}

/** The same of objects that wait for a finalizer to go; what is left out in a patch stays. */
function lateChange([plural, what, spec]: (typeof CHANGES)[number]): Question {
  const headers = { "content-type": MERGE_PATCH };
  const path = pathOf(plural, "/leaving?dryRun=All");
  const body = { metadata: { finalizers: null }, spec };
  return {
    what: `${plural} that are being deleted get ${what}`,
    ask: (api) => api.send("PATCH", path, { body, headers }),
  };
}

const QUESTIONS: readonly Question[] = [
  ...[...IPPOOL_SAMPLES, ...OPTION_SAMPLES].map((sample) => creation("ippools", sample)),
  ...VMNETCFG_SAMPLES.map((sample) => creation("virtualmachinenetworkconfigs", sample)),
  ...CHANGES.map(change),
  ...CHANGES.map(lateChange),
];

/** Status, and the fields at fault. */
function verdictOf({ status, body }: Answer): string {
  const causes = (at(body, "details.causes") ?? []) as { field?: string }[];
  const fields = [...new Set(causes.map(({ field = "" }) => field))]
    .filter((field) => field !== NO_FIELD).sort();
  return [status, ...fields].join(" ");
}

async function makeObjects(api: ApiConnection): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "verdicts" } };
  await api.send("POST", "/api/v1/namespaces", { body: namespace });
  const objects = [
    ["ippools", ippoolSample()],
    ["virtualmachinenetworkconfigs", vmnetcfgSample()],
  ] as const;
  for (const [plural, object] of objects) {
    for (const metadata of [{ name: "there" }, { name: "leaving", finalizers: ["tests/kept"] }]) {
      const { status, text } = await api.send("POST", pathOf(plural), {
        body: { ...object, metadata },
      });
      assert.ok(status === 201 || status === 409, text);
    }
    assert.equal((await api.send("DELETE", pathOf(plural, "/leaving"))).status, 200);
  }
}

await integrationTest({
  name:
    "the embedded API server judges IPPools and VirtualMachineNetworkConfigs like kube-apiserver",
  needs: ["kube"],
  run: async () => {
    const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
    await using embedded = await startEmbeddedApi({ crds, admission: objectRules });
    using real = new ApiConnection(await sharedControlPlane());
    await makeObjects(embedded);
    await makeObjects(real);
    const different: string[] = [];
    const meant: string[] = [];
    for (const { what, ask } of QUESTIONS) {
      const [ours, theirs] = [verdictOf(await ask(embedded)), verdictOf(await ask(real))];
      if (ours === theirs) continue;
      if (Object.hasOwn(MEANT, what)) meant.push(what);
      else different.push(`${what}: embedded ${ours}, kube-apiserver ${theirs}`);
    }
    assert.equal(different.join("\n"), "");
    assert.deepEqual(meant, Object.keys(MEANT), "what is meant to differ does");
  },
});
