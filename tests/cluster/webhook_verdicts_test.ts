/** What a real kube-apiserver says with the webhook: as the embedded one, and in the words of the Go version. */

import assert from "node:assert/strict";
import { type Answer, at } from "../support/apiserver/api_connection.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { MAC, SURROUNDINGS } from "../contract/admission/common_table.ts";
import { checkVerdicts, storeSurroundings } from "../contract/admission/common_verdicts.ts";
import { appliesExamples } from "./applied_examples.ts";
import { POOLS, VMNETCFGS, WebhookCluster } from "./webhook_cluster.ts";

type PoolChanges = Parameters<typeof ippoolSample>[0];

/** What clients of the Go version's webhook look for in its answers to a new pool. */
const REFUSED: readonly (readonly [string, PoolChanges])[] = [
  ["cidr 10.53.0.0/24 overlaps cluster service cidr 10.53.0.0/16", {
    ipv4Config: { cidr: "10.53.0.0/24", serverIP: "10.53.0.2", router: "10.53.0.1" },
    pool: { start: "10.53.0.10", end: "10.53.0.20", exclude: [] },
  }],
  ["start ip 192.168.47.9 is not within subnet", { pool: { start: "192.168.47.9" } }],
  ["end ip 192.168.49.9 is not within subnet", { pool: { end: "192.168.49.9" } }],
  ["server ip 192.168.49.9 is not within subnet", { ipv4Config: { serverIP: "192.168.49.9" } }],
  ["router ip 192.168.49.9 is not within subnet", { ipv4Config: { router: "192.168.49.9" } }],
  ["start ip 192.168.48.0 is the same as network ip", { pool: { start: "192.168.48.0" } }],
  ["end ip 192.168.48.255 is the same as broadcast ip", { pool: { end: "192.168.48.255" } }],
  ["server ip 192.168.48.0 is the same as network ip", {
    ipv4Config: { serverIP: "192.168.48.0" },
  }],
  ["router ip 192.168.48.255 is the same as broadcast ip", {
    ipv4Config: { router: "192.168.48.255" },
  }],
  ["server ip 192.168.48.1 is the same as router ip", {
    ipv4Config: { serverIP: "192.168.48.1" },
  }],
  ['network-attachment-definitions.k8s.cni.cncf.io "nowhere" not found', {
    spec: { networkName: "default/nowhere" },
  }],
  ["fail to assign ip for dhcp server", {
    ipv4Config: { cidr: "192.168.48.0/31", serverIP: undefined, router: undefined },
    pool: { start: "192.168.48.0", end: "192.168.48.1", exclude: [] },
  }],
  ["invalid pool range", {
    ipv4Config: { cidr: "192.168.48.0/32" },
    pool: { start: undefined, end: undefined, exclude: [] },
  }],
];

/** The server and the range that the Go version gives to a new pool. */
const FILLED_IN: readonly (readonly [string, PoolChanges, readonly string[]])[] = [
  ["the first host that is no router", {
    ipv4Config: { serverIP: undefined },
    pool: { start: undefined, end: undefined, exclude: [] },
  }, ["192.168.48.2", "192.168.48.1", "192.168.48.254"]],
  ["a host that is not excluded", {
    ipv4Config: { serverIP: "", router: undefined },
    pool: { exclude: ["192.168.48.1", "192.168.48.2"] },
  }, ["192.168.48.3", "192.168.48.81", "192.168.48.90"]],
  ["nothing where all is there", {}, ["192.168.48.77", "192.168.48.81", "192.168.48.90"]],
];

function messageOf({ body }: Answer): string {
  return String(body["message"]);
}

async function refusesAsGo(setup: WebhookCluster): Promise<void> {
  for (const [message, changes] of REFUSED) {
    const answer = await setup.create(POOLS, ippoolSample(changes), "?dryRun=All");
    assert.equal(answer.status, 422, `${message}: ${answer.text}`);
    assert.ok(
      messageOf(answer).includes("cannot create IPPool default/ippool-1 because "),
      answer.text,
    );
    assert.ok(messageOf(answer).includes(message), `${message}: ${answer.text}`);
  }
}

async function fillsInAsGo(setup: WebhookCluster): Promise<void> {
  for (const [name, changes, wanted] of FILLED_IN) {
    const { body, text } = await setup.create(POOLS, ippoolSample(changes), "?dryRun=All");
    const paths = ["serverIP", "pool.start", "pool.end"];
    assert.deepEqual(paths.map((path) => at(body, `spec.ipv4Config.${path}`)), wanted, name + text);
  }
}

/** What depends on the pool that is there, its binding and its user. */
async function guardsAsGo(setup: WebhookCluster): Promise<void> {
  const { api } = setup;
  const taken = ippoolSample({
    metadata: { name: "late" },
    spec: { networkName: "default/net-49" },
    ipv4Config: { cidr: "192.168.49.0/24", serverIP: "192.168.49.15", router: "192.168.49.1" },
    pool: { start: "192.168.49.100", end: "192.168.49.110", exclude: [] },
  });
  const occupied = await setup.create(POOLS, taken, "?dryRun=All");
  assert.match(messageOf(occupied), /server ip 192\.168\.49\.15 is already occupied/);
  const kept = await api.send("DELETE", `${POOLS}/used?dryRun=All`);
  assert.equal(
    messageOf(kept).replace(/^.* denied the request: /, ""),
    "cannot delete IPPool default/used because it's still used by VirtualMachineNetworkConfig(s) " +
      "default/user, which must be removed at first (spec.networkName)",
  );
  const nic = { macAddress: MAC, networkName: "default/net-48" };
  const spec = { networkConfigs: [nic] };
  const alone = await setup.create(VMNETCFGS, vmnetcfgSample({ spec }), "?dryRun=All");
  assert.equal(alone.status, 201, "the Go version denies the VM all of its NICs");
  assert.match(alone.headers.get("warning") ?? "", /ippool-namespace label not found/);
  const router = { spec: { ipv4Config: { router: "192.168.49.15" } } };
  const changed = await api.mergePatch(`${POOLS}/used?dryRun=All`, router);
  assert.match(messageOf(changed), /Router is immutable/);
  // An object under deletion is not judged: its finalizers have to go.
  const finalizers = ["test/hold"];
  const doomed = vmnetcfgSample({ metadata: { name: "doomed", finalizers } });
  await setup.make(VMNETCFGS, doomed);
  await api.send("DELETE", `${VMNETCFGS}/doomed`);
  const changes = { metadata: { finalizers: null }, spec: { networkConfigs: [nic, nic] } };
  const freed = await api.mergePatch(`${VMNETCFGS}/doomed`, changes);
  assert.equal(freed.status, 200, freed.text);
  // A pool whose user is gone goes as well.
  await api.send("DELETE", `${VMNETCFGS}/${SURROUNDINGS.vmnetcfgs[0]!.metadata.name}`);
  const gone = await api.send("DELETE", `${POOLS}/used`);
  assert.equal(gone.status, 200, gone.text);
}

await integrationTest({
  name:
    "kube-apiserver with the webhook judges as the embedded API server, in the words of the Go version",
  needs: ["kube", "executable"],
  async run(context) {
    await using setup = await WebhookCluster.start({ withoutControllers: true });
    const step = async (name: string, body: () => Promise<void>) => {
      assert.ok(await context.step(name, body), name);
    };
    await storeSurroundings(setup.api);
    await setup.add();
    await setup.isAsked();
    await step("it gives the verdicts of the common table", () => checkVerdicts(setup.api));
    await step("it refuses what the Go version refuses", () => refusesAsGo(setup));
    await step("it fills in what the Go version fills in", () => fillsInAsGo(setup));
    await step("it guards what is in use", () => guardsAsGo(setup));
    await step("it takes examples/ without a word", () => appliesExamples(setup));
  },
});
