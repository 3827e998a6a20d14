/** An unmodified kubectl against the embedded API server, with the commands of users. */

import assert from "node:assert/strict";
import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget } from "../../support/kube/gadget.ts";
import { Kubectl, type KubectlResult } from "../../support/console/kubectl.ts";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";

interface Setup extends AsyncDisposable {
  readonly api: EmbeddedApi;
  readonly kubectl: Kubectl;
  /** Runs kubectl, which has to succeed. @returns Its output. */
  run(args: string, input?: unknown): Promise<string>;
  /** Runs kubectl, which has to fail. @returns Its error. */
  fail(args: string, input?: unknown): Promise<string>;
}

async function setUp(): Promise<Setup> {
  const api = await startEmbeddedApi();
  const kubeconfig = `${api.folder}/kubeconfig`;
  await writeKubeconfig({ path: kubeconfig, url: api.server.url, credentials: api.credentials });
  const kubectl = new Kubectl(await kubectlPath(), kubeconfig, api.folder);
  const describe = (args: string, { stdout, stderr }: KubectlResult) =>
    `kubectl ${args}\n${stdout}${stderr}`;
  return {
    api,
    kubectl,
    run: async (args, input) => {
      const result = await kubectl.run(args.split(" "), input);
      assert.equal(result.code, 0, describe(args, result));
      return result.stdout;
    },
    fail: async (args, input) => {
      const result = await kubectl.run(args.split(" "), input);
      assert.notEqual(result.code, 0, describe(args, result));
      return result.stderr;
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

const GADGET = gadget("g", { size: 3, address: "192.0.2.7" });
const APPLY = "apply -f -";

Deno.test("kubectl apply creates an object, leaves it unchanged, and changes it", async () => {
  await using setup = await setUp();
  assert.equal(await setup.run(APPLY, GADGET), "gadget.test.example.com/g created\n");
  assert.equal(await setup.run(APPLY, GADGET), "gadget.test.example.com/g unchanged\n");
  const changed = gadget("g", { size: 5 });
  assert.equal(await setup.run(APPLY, changed), "gadget.test.example.com/g configured\n");
  assert.equal(
    await setup.run("get gadget g -o jsonpath={.spec}"),
    '{"color":"red","size":5}',
    "a field that is no longer in the manifest goes",
  );
});

Deno.test("kubectl apply reports unknown fields and invalid values with their paths", async () => {
  await using setup = await setUp();
  const unknown = await setup.fail(APPLY, gadget("bad", { size: 1, bogus: 1 }));
  assert.match(unknown, /strict decoding error: unknown field "spec\.bogus"/);
  const invalid = await setup.fail(APPLY, gadget("bad", { size: 99, address: "x" }));
  assert.match(invalid, /The Gadget "bad" is invalid:/);
  assert.match(invalid, /spec\.size: Invalid value: 99: .* less than or equal to 10/);
  assert.match(invalid, /spec\.address: Invalid value: "x": .* must be of type ipv4/);
});

Deno.test("kubectl get prints the columns of the definition, more of them with -o wide", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  await setup.run(
    "patch gadget g --subresource=status --type=merge -p " +
      '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}',
  );
  assert.match(await setup.run("get gadgets"), /^NAME +SIZE +READY +AGE\ng +3 +True +\d+s\n$/);
  assert.match(
    await setup.run("get gdt -o wide"),
    /^NAME +SIZE +READY +ADDRESS +AGE\ng +3 +True +192\.0\.2\.7 +\d+s\n$/,
  );
  assert.match(await setup.run("get toys -A"), /^NAMESPACE +NAME .*\ndefault +g /);
  assert.match(await setup.run("get all"), /\ngadget\.test\.example\.com\/g +3 /);
});

Deno.test("kubectl get -o yaml prints the object, and selectors choose among objects", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  await setup.run(APPLY, gadget("other"));
  await setup.run("label gadget g shelf=top");
  assert.match(await setup.run("get gadget g -o yaml"), /\nspec:\n {2}address: 192\.0\.2\.7\n/);
  assert.equal(await setup.run("get gdt -l shelf=top -o name"), "gadget.test.example.com/g\n");
  assert.equal(
    await setup.run("get gdt --field-selector metadata.name=other -o name"),
    "gadget.test.example.com/other\n",
  );
});

Deno.test("kubectl get -w prints a row per change", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  await using child = setup.kubectl.command(["get", "gadgets", "-w", "--no-headers"], {
    stdout: "piped",
  }).spawn();
  const rows = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let seen = (await rows.read()).value ?? "";
  await setup.api.mergePatch(
    "/apis/test.example.com/v1alpha1/namespaces/default/gadgets/g",
    { spec: { size: 7 } },
  );
  while (!/\ng +7 /.test(seen)) {
    const { value, done } = await rows.read();
    assert.ok(!done, `ended after ${seen}`);
    seen += value;
  }
  assert.match(seen, /^g +3 .*\ng +7 /);
  await rows.cancel();
});

Deno.test("kubectl describe shows the object and its events from both APIs", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  const uid = await setup.run("get gadget g -o jsonpath={.metadata.uid}");
  const about = {
    apiVersion: GADGET.apiVersion,
    kind: "Gadget",
    namespace: "default",
    name: "g",
    uid,
  };
  await setup.run("create -f -", {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "g.new", namespace: "default" },
    regarding: about,
    type: "Warning",
    reason: "TooSmall",
    note: "The gadget is too small",
    action: "Measure",
    reportingController: "tester",
    reportingInstance: "tester-1",
    eventTime: new Date().toISOString().replace("Z", "000Z"),
  });
  await setup.run("create -f -", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "g.old", namespace: "default" },
    involvedObject: about,
    type: "Normal",
    reason: "Painted",
    message: "The gadget is red",
    count: 2,
  });
  const text = await setup.run("describe gadget g");
  assert.match(text, /Spec:\n {2}Address: +192\.0\.2\.7\n/);
  assert.match(text, /Warning +TooSmall +.* tester +The gadget is too small/);
  assert.match(text, /Normal +Painted .* The gadget is red/);
  assert.match(await setup.run("get events"), /Warning +TooSmall +gadget\/g +The gadget is too/);
  const sorted = await setup.run("get events --sort-by=.lastTimestamp");
  assert.match(sorted, /TooSmall/);
  assert.match(sorted, /Painted/);
});

Deno.test("kubectl edit writes the edited object", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  const { code } = await setup.kubectl.command(["edit", "gadget", "g"], {
    env: { EDITOR: "sed -i s/192.0.2.7/192.0.2.8/" },
    stdout: "null",
    stderr: "null",
  }).output();
  assert.equal(code, 0);
  assert.equal(await setup.run("get gadget g -o jsonpath={.spec.address}"), "192.0.2.8");
});

Deno.test("kubectl wait waits for conditions and for deletion", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  const waiting = setup.run("wait --for=condition=Ready gadget/g --timeout=20s");
  await setup.run(
    "patch gadget g --subresource=status --type=merge -p " +
      '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}',
  );
  assert.match(await waiting, /condition met/);
  await setup.run(
    'patch gadget g --type=merge -p {"metadata":{"finalizers":["test.example.com/hold"]}}',
  );
  const deleting = setup.run("delete gadget g --timeout=20s");
  await setup.run(
    "wait --for=jsonpath={.metadata.deletionGracePeriodSeconds}=0 gadget/g --timeout=20s",
  );
  await setup.run('patch gadget g --type=merge -p {"metadata":{"finalizers":null}}');
  assert.match(await deleting, /deleted/);
  assert.match(await setup.fail("get gadget g"), /gadgets\.test\.example\.com "g" not found/);
});

Deno.test("kubectl explain prints the schema", async () => {
  await using setup = await setUp();
  assert.match(await setup.run("explain gadget.spec.size"), /FIELD: size <integer>[^]*How big\./);
});

Deno.test("kubectl creates, labels and deletes namespaces with their objects", async () => {
  await using setup = await setUp();
  assert.equal(await setup.run("create namespace lab"), "namespace/lab created\n");
  await setup.run("label namespace lab room=2");
  const manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  await setup.run(APPLY, manifest);
  await setup.run(APPLY, { ...manifest, metadata: { name: "lab", labels: { floor: "1" } } });
  assert.match(await setup.run("get namespace lab --show-labels"), /Active .*floor=1,.*room=2/);
  await setup.run("-n lab apply -f -", GADGET);
  assert.equal(await setup.run("delete namespace lab"), 'namespace "lab" deleted\n');
  assert.match(await setup.fail("get namespace lab"), /not found/);
  assert.match(await setup.fail("-n lab get gadget g"), /not found/);
});

Deno.test("kubectl says what is not supported", async () => {
  await using setup = await setUp();
  await setup.run(APPLY, GADGET);
  assert.match(
    await setup.fail("apply --server-side -f -", GADGET),
    /server-side apply is not supported here/,
  );
});
