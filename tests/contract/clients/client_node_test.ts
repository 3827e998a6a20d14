/**
 * The official JavaScript client against the embedded API server and a real one: it was written by
 * others, so it does not need just what our own client happens to need.
 */

import assert from "node:assert/strict";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget } from "../../support/kube/gadget.ts";
import { integrationTest, type Need } from "../../support/harness/integration_test.ts";
import { ClientNode, type ClientNodeAccess, refusalOf } from "./client_node.ts";

interface ClientCase {
  readonly name: string;
  readonly run: (client: ClientNode) => Promise<void>;
}

const CASES: readonly ClientCase[] = [
  {
    name: "creates, gets, lists and deletes",
    async run(client) {
      const made = await client.create(
        gadget("a", { size: 3 }, { metadata: labelled("a", "top") }),
      );
      assert.deepEqual(made["spec"], { size: 3, color: "red" });
      await client.create(gadget("b"));
      assert.deepEqual(await client.get("a"), made);
      assert.deepEqual((await client.list()).map(nameOf), ["a", "b"]);
      assert.deepEqual((await client.list("shelf=top")).map(nameOf), ["a"]);
      await client.delete("a");
      assert.deepEqual((await client.list()).map(nameOf), ["b"]);
    },
  },
  {
    name: "replaces an object that it read, unless the object changed since",
    async run(client) {
      const made = await client.create(gadget("a"));
      const replaced = await client.replace("a", { ...made, spec: { size: 4 } });
      assert.deepEqual(replaced["spec"], { size: 4, color: "red" });
      assert.equal(replaced.metadata.generation, 2);
      const { code, reason, message } = await refusalOf(
        client.replace("a", { ...made, spec: { size: 5 } }),
      );
      assert.deepEqual({ code, reason }, { code: 409, reason: "Conflict" });
      assert.match(message, /gadgets\.test\.example\.com "a": the object has been modified/);
      assert.deepEqual(await client.get("a"), replaced);
    },
  },
  {
    name: "merges a patch",
    async run(client) {
      await client.create(gadget("a", { size: 3, address: "192.0.2.7" }));
      const patched = await client.mergePatch("a", { spec: { size: 4, address: null } });
      assert.deepEqual(patched["spec"], { size: 4, color: "red" });
    },
  },
  {
    name: "applies a JSON patch",
    async run(client) {
      await client.create(gadget("a", { size: 3, dns: ["192.0.2.1"] }));
      const patched = await client.jsonPatch("a", [
        { op: "test", path: "/spec/size", value: 3 },
        { op: "add", path: "/spec/dns/-", value: "192.0.2.2" },
      ]);
      const spec = { size: 3, color: "red", dns: ["192.0.2.1", "192.0.2.2"] };
      assert.deepEqual(patched["spec"], spec);
    },
  },
  {
    name: "writes the status separately",
    async run(client) {
      const made = await client.create(gadget("a", { size: 3 }, { status: { used: 1 } }));
      assert.equal(made["status"], undefined);
      const written = await client.replaceStatus("a", {
        ...made,
        spec: { size: 9 },
        status: { used: 2 },
      });
      assert.deepEqual(written["status"], { used: 2 });
      assert.deepEqual(written["spec"], made["spec"]);
      assert.equal(written.metadata.generation, 1);
    },
  },
  {
    name: "gets the reason of a refusal",
    async run(client) {
      await client.create(gadget("a"));
      const refusals = [
        await refusalOf(client.get("nobody")),
        await refusalOf(client.delete("nobody")),
        await refusalOf(client.create(gadget("a"))),
        await refusalOf(client.create(gadget("b", { size: 99 }))),
      ];
      assert.deepEqual(refusals.map(({ code, reason }) => `${code} ${reason}`), [
        "404 NotFound",
        "404 NotFound",
        "409 AlreadyExists",
        "422 Invalid",
      ]);
      assert.match(refusals[3]!.message, /Gadget.* "b" is invalid: .*spec\.size/);
    },
  },
  {
    name: "reads built-in kinds into its own classes",
    async run(client) {
      const { namespace } = client;
      const read = await client.core.readNamespace({ name: namespace });
      assert.equal(read.status?.phase, "Active");
      assert.ok(read.metadata?.creationTimestamp instanceof Date);
      const made = await client.coordination.createNamespacedLease({
        namespace,
        body: { metadata: { name: "a" }, spec: { holderIdentity: "me", leaseDurationSeconds: 15 } },
      });
      made.spec!.holderIdentity = "you";
      const replaced = await client.coordination.replaceNamespacedLease({
        namespace,
        name: "a",
        body: made,
      });
      assert.equal(replaced.spec?.holderIdentity, "you");
      assert.equal(replaced.spec?.leaseDurationSeconds, 15);
    },
  },
];

function labelled(name: string, shelf: string) {
  return { name, labels: { shelf } };
}

function nameOf({ metadata }: { readonly metadata: { readonly name?: string } }) {
  return metadata.name;
}

interface Server extends ClientNodeAccess, AsyncDisposable {}

interface ServerKind {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly open: () => Promise<Server>;
}

const SERVERS: readonly ServerKind[] = [
  { name: "the embedded API server", needs: [], open: openEmbedded },
  { name: "kube-apiserver", needs: ["kube"], open: openReal },
];

async function openEmbedded(): Promise<Server> {
  const api = await startEmbeddedApi();
  return {
    server: api.server.url,
    certificateAuthority: api.credentials.cert,
    token: api.credentials.token,
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

async function openReal(): Promise<Server> {
  const access = await sharedControlPlane();
  return { ...access, [Symbol.asyncDispose]: () => Promise.resolve() };
}

for (const { name: server, needs, open } of SERVERS) {
  for (const { name, run } of CASES) {
    await integrationTest({
      name: `@kubernetes/client-node on ${server} ${name}`,
      needs,
      run: async () => {
        await using access = await open();
        const client = new ClientNode(access, `client-node-${crypto.randomUUID().slice(0, 8)}`);
        await client.core.createNamespace({ body: { metadata: { name: client.namespace } } });
        await run(client);
      },
    });
  }
}
