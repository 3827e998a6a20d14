/** Manifest files against the embedded API server, as standalone applies them. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { refuse } from "../../support/apiserver/api_faults.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { manifestTest, pool, refusalOf } from "./manifest_world.ts";

manifestTest("manifests with one wrong document change nothing", async ({ apply, pools }) => {
  await apply(pool("a"));
  const { message, applied } = await refusalOf(apply(pool("a", "9.9.9.9"), pool("b", "bad")));
  assert.match(message, /^manifests are wrong, nothing is applied:\n.*all\.yaml:\d+: spec\.ipv4/);
  assert.deepEqual(applied, []);
  assert.deepEqual(await pools(), ["a 1.1.1.1"]);
});

manifestTest("a manifest that leaves out what is filled in stays right", async ({ apply }) => {
  const lacking = (leaseTime: number) =>
    ippoolSample({ ipv4Config: { serverIP: undefined, pool: undefined, leaseTime } });
  assert.deepEqual(await apply(lacking(300)), ["IPPool default/ippool-1"]);
  assert.deepEqual(await apply(lacking(300)), []);
  assert.deepEqual(await apply(lacking(600)), ["IPPool default/ippool-1"]);
});

for (const isThere of [false, true]) {
  manifestTest(
    `an unknown field is told with its line, ${
      isThere ? "also" : "not only"
    } of an object that is there`,
    async (world) => {
      const { apply, pools } = world;
      if (isThere) await apply(pool("a"));
      const ipv4Config = { leaseTime: undefined, leaseTme: 300 };
      const { message } = await refusalOf(
        apply(ippoolSample({ metadata: { name: "a" }, ipv4Config })),
      );
      const line =
        /all\.yaml:\d+: spec\.ipv4Config\.leaseTme: unknown field "leaseTme", did you mean "leaseTime"\?$/;
      assert.match(message, line);
      assert.equal((await pools()).length, isThere ? 1 : 0);
    },
  );
}

manifestTest("unknown fields of networks and namespaces are told as well", async ({ apply }) => {
  const named = (kind: string, apiVersion: string, spec: JsonObject) =>
    ({ apiVersion, kind, metadata: { name: "x" }, spec }) as KubeObject;
  const { message } = await refusalOf(apply(
    named("NetworkAttachmentDefinition", "k8s.cni.cncf.io/v1", { confg: "{}" }),
    named("Namespace", "v1", { finaliser: [] }),
  ));
  assert.match(message, /spec\.confg: unknown field "confg", did you mean "config"\?\n/);
  assert.match(message, /spec\.finaliser: unknown field "finaliser"/);
});

manifestTest("a write that fails is told with what was applied before", async (world) => {
  const { apply, faults, pools } = world;
  const documents = [pool("a"), pool("b"), pool("c")];
  const checks = documents.map(() => undefined);
  faults.on("POST ippools", ...checks, undefined, refuse(500));
  const { message, applied } = await refusalOf(apply(...documents));
  assert.deepEqual(applied, ["IPPool default/a"]);
  assert.deepEqual(message.replaceAll(/\/\S*\/all/g, "all").split("\n"), [
    "manifests are applied in part:",
    "all.yaml:37: IPPool default/b: injected 500",
    "applied: IPPool default/a",
    "not applied: IPPool default/b, IPPool default/c",
  ]);
  assert.deepEqual(await pools(), ["a 1.1.1.1"]);
  assert.deepEqual(await apply(...documents), ["IPPool default/b", "IPPool default/c"]);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "b 1.1.1.1", "c 1.1.1.1"]);
});

manifestTest("a first write that fails is told as such", async ({ apply, faults, pools }) => {
  faults.on("POST ippools", undefined, undefined, refuse(500));
  const { message, applied } = await refusalOf(apply(pool("a"), pool("b")));
  assert.match(message, /^manifests are not applied:\n.*\nnot applied: .*a, .*b$/);
  assert.deepEqual(applied, []);
  assert.deepEqual(await pools(), []);
});

manifestTest("manifests are not called wrong when the API takes no write", async (world) => {
  const { apply, faults, pools } = world;
  for (const documents of [[pool("a")], [pool("a"), pool("b")]]) {
    // Once for each check, and for the first write.
    faults.on("POST ippools", ...documents.map(() => refuse(500)), refuse(500));
    const { message } = await refusalOf(apply(...documents));
    assert.deepEqual(message.replaceAll(/\/\S*\/all/g, "all").split("\n").slice(0, 2), [
      "manifests are not applied:",
      "all.yaml:1: IPPool default/a: injected 500",
    ]);
    assert.equal(faults.pending, 0);
  }
  faults.on("POST ippools", refuse(500));
  const { message } = await refusalOf(apply(pool("a", "bad")));
  assert.match(message, /^manifests are wrong, nothing is applied:\n.*spec\.ipv4Config\.dns/);
  assert.deepEqual(await pools(), []);
});

manifestTest("a write that meets a conflict is done again", async ({ apply, faults, pools }) => {
  await apply(pool("a"), pool("b"));
  faults.on("PUT ippools", undefined, undefined, refuse(409), refuse(409));
  await apply(pool("a", "9.9.9.9"), pool("b", "9.9.9.9"));
  assert.deepEqual(await pools(), ["a 9.9.9.9", "b 9.9.9.9"]);
  assert.equal(faults.pending, 0);
});

manifestTest("an object that changes all the time is told", async ({ apply, faults, pools }) => {
  await apply(pool("a"), pool("b"));
  const conflicts = Array.from({ length: 5 }, () => refuse(409));
  faults.on("PUT ippools", undefined, undefined, undefined, ...conflicts);
  const { applied } = await refusalOf(apply(pool("a", "9.9.9.9"), pool("b", "9.9.9.9")));
  assert.deepEqual(applied, ["IPPool default/a"]);
  assert.deepEqual(await pools(), ["a 9.9.9.9", "b 1.1.1.1"]);
});

manifestTest(
  "unchanged manifests cost one list of each kind and of what was made",
  async (world) => {
    const { apply, sent } = world;
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
    const documents = [...Array.from({ length: 50 }, (_, i) => pool(`p${i}`)), namespace];
    assert.equal((await apply(...documents)).length, 51);
    sent.length = 0;
    assert.deepEqual(await apply(...documents), []);
    // What a namespace has by itself, only the API can tell.
    assert.deepEqual(sent, [
      "get namespaces",
      "list ippools",
      "list namespaces",
      "replace namespaces",
      "list virtualmachinenetworkconfigs",
      "list ippools",
      "list network-attachment-definitions",
    ]);
    sent.length = 0;
    assert.deepEqual(await apply(...documents.slice(1), pool("p0", "9.9.9.9")), [
      "IPPool default/p0",
    ]);
    assert.equal(sent.filter((each) => each === "replace ippools").length, 2);
  },
);

manifestTest("documents may depend on each other, in any order", async ({ apply, pools }) => {
  const network = {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "lab" },
    spec: { config: "{}" },
  };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  const networkName = { networkName: "lab/net-48" };
  const configs = [{ ...networkName, macAddress: "fa:cf:8e:50:82:fc" }];
  assert.deepEqual(
    await apply(
      vmnetcfgSample({ spec: { networkConfigs: configs } }),
      ippoolSample({ spec: networkName }),
      network,
      namespace,
    ),
    [
      "VirtualMachineNetworkConfig default/test-vm",
      "IPPool default/ippool-1",
      "NetworkAttachmentDefinition lab/net-48",
      "Namespace lab",
    ],
  );
  assert.deepEqual(await pools(), ["ippool-1 1.1.1.1"]);
});

manifestTest("documents that cannot stand beside each other change nothing", async (world) => {
  const { apply, pools } = world;
  const spec = { networkName: "default/net-48" };
  const twins = ["a", "b"].map((name) => ippoolSample({ metadata: { name }, spec }));
  const { message, applied } = await refusalOf(apply(pool("c"), ...twins));
  assert.match(
    message,
    /^manifests are wrong, nothing is applied:\n.*:\d+: spec\.networkName: .*\/a/,
  );
  assert.deepEqual([applied, await pools()], [[], []]);
});

manifestTest("a document may need one before it", async ({ apply, pools }) => {
  const before = ippoolSample();
  await apply(before);
  // Only in the range that the pool has once the first document is applied.
  const end = "192.168.48.120";
  const larger = ippoolSample({ pool: { end } });
  const networkName = "default/net-48";
  const ipAddress = "192.168.48.115";
  const vm = vmnetcfgSample({
    spec: { networkConfigs: [{ macAddress: "fa:cf:8e:50:82:fc", networkName, ipAddress }] },
  });
  assert.equal((await apply(larger, vm)).length, 2);
  assert.equal((await pools()).length, 1);
});
