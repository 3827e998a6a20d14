import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ApiConnection } from "../../support/apiserver/api_connection.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { addVm, allocated, oneNic, recorded, VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const MAC = "52:54:00:48:02:01";

/** Waits until a condition of a VirtualMachineNetworkConfig has this text. */
function failure(api: KubeApi, name: string, want: RegExp): Promise<string> {
  let seen = "";
  return waitUntil(async () => {
    const { status } = await api.get("virtualmachinenetworkconfigs", name);
    const { conditions } = (status ?? {}) as {
      conditions?: { type: string; status: string; message?: string }[];
    };
    seen = JSON.stringify(conditions ?? []);
    const allocation = conditions?.find(({ type }) => type === "Allocated");
    const message = allocation?.message ?? "";
    return allocation?.status === "False" && want.test(message) ? message : undefined;
  }, { what: `a condition that says ${want}`, explain: () => seen });
}

const SPELLINGS = [
  { name: "in upper case", spelling: MAC.toUpperCase() },
  { name: "with dashes", spelling: MAC.replaceAll(":", "-") },
];

for (const { name, spelling } of SPELLINGS) {
  await integrationTest({
    name: `a client gets its lease when its MAC is declared ${name}`,
    needs: ["namespaces", "udhcpc"],
    run: async () => {
      await using network = await VmNetwork.create();
      const standalone = await network.standalone();
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      const address = await addVm(api, "vm", spelling);
      const nic = await network.plugIn(MAC);
      await using client = await DhcpClient.start("udhcpc", nic, network.folder);
      assert.equal(await client.bound(), address);
    },
  });
}

await integrationTest({
  name: "deleting a VirtualMachineNetworkConfig frees its address, and its client gets no answer",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const standalone = await network.standalone();
    using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    await api.create("virtualmachinenetworkconfigs", oneNic("vm", MAC));
    await recorded(api, [MAC]);
    await api.delete("virtualmachinenetworkconfigs", "vm");
    await recorded(api, []);
    await waitUntil(async () => await standalone.get("/leases") === "{}\n" || undefined, {
      what: "the agent to forget the lease",
    });
    const nic = await network.plugIn(MAC);
    await using client = await DhcpClient.start("udhcpc", nic, network.folder);
    await waitUntil(() => {
      const packets = standalone.log.entries("packet").filter(({ mac }) => mac === MAC);
      return packets.length > 1 || undefined;
    }, { what: "two packets of the client", explain: () => standalone.log.tail() });
    assert.deepEqual((await client.events()).filter(({ kind }) => kind === "bound"), []);
  },
});

await integrationTest({
  name: "a VM keeps its lease while its pool is being deleted and the next one has the same server",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const standalone = await network.standalone();
    using api = await standalone.api();
    using cluster = new ApiConnection({
      server: api.server,
      certificateAuthority: api.certificateAuthority,
      token: api.authorization.replace("Bearer ", ""),
    });
    const first = ippoolSample({ metadata: { namespace: "lab" } });
    const pools = "/apis/network.harvesterhci.io/v1alpha1/namespaces/lab/ippools";
    assert.equal((await cluster.send("POST", pools, { body: first })).status, 201);
    const address = await addVm(api, "vm", MAC);
    assert.equal((await cluster.send("DELETE", `${pools}/ippool-1`)).status, 422);
    // Nobody asks the rules about what goes with its namespace.
    assert.equal((await cluster.send("DELETE", "/api/v1/namespaces/lab")).status, 200);
    const next = ippoolSample({
      metadata: { name: "ippool-2" },
      ipv4Config: { authoritative: true },
    });
    await api.create("ippools", next);
    await waitUntil(() => {
      const agents = standalone.log.entries("interface status");
      return agents.some(({ ippool }) => ippool === "default/ippool-2") || undefined;
    }, { what: "an agent of the second pool", explain: () => standalone.log.tail() });
    const nic = await network.plugIn(MAC);
    await using client = await DhcpClient.start("udhcpc", nic, network.folder);
    assert.equal(await client.bound(), address);
    const outcomes = standalone.log.entries("packet").map(({ outcome }) => outcome);
    assert.ok(!outcomes.includes("nak"), outcomes.join());
  },
});

interface RefusalCase {
  readonly name: string;
  readonly first: readonly KubeObject[];
  readonly last: KubeObject;
  readonly want: RegExp;
}

const REFUSALS: readonly RefusalCase[] = [
  {
    name: "a MAC of another VM",
    first: [oneNic("vm-1", MAC)],
    last: oneNic("vm-2", MAC),
    want: /52:54:00:48:02:01.*vm-1/s,
  },
  {
    name: "a pool without a free address",
    first: Array.from(
      { length: 8 },
      (_, index) => oneNic(`vm-${index}`, `52:54:00:48:03:0${index}`),
    ),
    last: oneNic("vm-8", "52:54:00:48:03:08"),
    want: /waits: all addresses are in use in ippool default\/ippool-1/,
  },
];

for (const { name, first, last, want } of REFUSALS) {
  await integrationTest({
    name: `the status of a VirtualMachineNetworkConfig reports ${name}`,
    needs: ["namespaces"],
    run: async () => {
      await using network = await VmNetwork.create();
      const standalone = await network.standalone();
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      for (const object of first) {
        await api.create("virtualmachinenetworkconfigs", object);
        await allocated(api, object.metadata.name ?? "");
      }
      await api.create("virtualmachinenetworkconfigs", last);
      assert.match(await failure(api, last.metadata.name ?? "", want), want);
    },
  });
}
