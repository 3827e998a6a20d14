/** `vm-dhcp explain` and `vm-dhcp status` as a plugin of kubectl, beside standalone and real clients. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import { addVm, oneNic, VmNetwork } from "../../support/network/vm_network.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";

const MAC = "52:54:00:48:16:01";
const OTHER_MAC = "52:54:00:48:16:02";

/** What becomes of a pool and its VMs, one after the other. */
const SITUATIONS: readonly {
  readonly vm: string;
  readonly arrange: (api: KubeApi) => Promise<unknown>;
  readonly says: RegExp;
}[] = [
  {
    vm: "twin",
    arrange: (api) => api.create("virtualmachinenetworkconfigs", oneNic("twin", MAC)),
    says:
      /^default\/twin has no address: .* belongs to VirtualMachineNetworkConfig default\/vm-1\b/,
  },
  {
    vm: "elsewhere",
    arrange: (api) =>
      api.create(
        "virtualmachinenetworkconfigs",
        vmnetcfgSample({
          metadata: { name: "elsewhere" },
          spec: { networkConfigs: [{ macAddress: OTHER_MAC, networkName: "default/none" }] },
        }),
      ),
    says: /^default\/elsewhere has no address: no pool serves default\/none$/,
  },
  {
    vm: "late",
    arrange: async (api) => {
      for (const number of [1, 2, 3, 4, 5, 6, 7]) {
        await addVm(api, `full-${number}`, `52:54:00:48:17:0${number}`);
      }
      await api.create("virtualmachinenetworkconfigs", oneNic("late", "52:54:00:48:17:08"));
    },
    says: /^default\/late has no address: the pool default\/ippool-1 is full \(8 of 8 in use\)$/,
  },
  {
    vm: "full-1",
    arrange: (api) =>
      api.patch("virtualmachinenetworkconfigs", "full-1", { spec: { paused: true } }),
    says: /^default\/full-1 has no address: default\/full-1 is paused, /,
  },
  {
    vm: "vm-1",
    arrange: (api) => api.patch("ippools", "ippool-1", { spec: { paused: true } }),
    says: /^default\/vm-1 has \S+, but gets no answer: the pool default\/ippool-1 is paused$/,
  },
  {
    vm: "full-2",
    arrange: (api) => api.patch("ippools", "ippool-1", { spec: { paused: false } }),
    says: /^default\/full-2 has \S+, but nobody asks for it: 52:54:00:48:17:02 has not asked on /,
  },
];

interface Outcome {
  readonly code: number;
  /** The first line. */
  readonly says: string;
  readonly text: string;
}

/** Runs `kubectl vmdhcp`, which finds the executable under the name of a plugin. */
async function pluginOf(kubeconfig: string, folder: string) {
  await Deno.symlink(PROGRAMS.executable[0], `${folder}/kubectl-vmdhcp`);
  const kubectl = await kubectlPath();
  return async (...args: readonly string[]): Promise<Outcome> => {
    const { code, stdout, stderr } = await new Deno.Command(kubectl, {
      args: ["vmdhcp", ...args],
      env: { KUBECONFIG: kubeconfig, PATH: `${folder}:${dirname(kubectl)}:/usr/bin:/bin` },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(stdout) + decoder.decode(stderr);
    return { code, says: text.split("\n")[0]!, text };
  };
}

await integrationTest({
  name: "kubectl vmdhcp explains what standalone does for a real client",
  needs: ["namespaces", "udhcpc", "executable"],
  run: async () => {
    await using network = await VmNetwork.create();
    const standalone = await network.standalone({ form: "executable" });
    using api = await standalone.api();
    await api.create("ippools", ippoolSample());
    const address = await addVm(api, "vm-1", MAC);
    const run = await pluginOf(standalone.kubeconfigPath, network.folder);

    const asksWith = async (mac: string) => {
      const nic = await network.plugIn(mac);
      return await DhcpClient.start("udhcpc", nic, network.folder);
    };
    const until = (says: RegExp, ...args: readonly string[]) => {
      let last = "";
      return waitUntil(async () => {
        const outcome = await run(...args);
        last = outcome.text;
        return says.test(outcome.says) ? outcome : undefined;
      }, { what: `${args.join(" ")} to say ${says}`, explain: () => last });
    };

    {
      await using _wrong = await asksWith(OTHER_MAC);
      const silent = await until(/is it this VM's\?$/, "explain", "vm", "vm-1");
      assert.match(
        silent.says,
        new RegExp(`^default/vm-1 has ${address}, but nobody asks for it: `),
      );
      assert.match(silent.says, new RegExp(`${OTHER_MAC} has asked there for \\d+ s`));
      assert.equal(silent.code, 1);
      const stranger = await run("explain", "mac", OTHER_MAC);
      assert.match(stranger.says, /has asked on default\/net-48 .* and no object names it$/);
      assert.match((await run("explain", "network", "net-48")).text, new RegExp(OTHER_MAC));
    }

    await using client = await asksWith(MAC);
    assert.equal(await client.bound(), address);
    const served = await until(/ and last asked \d+ s ago$/, "explain", "vm", "vm-1");
    assert.equal(served.code, 0, served.text);
    const holder = await run("explain", "address", address);
    assert.match(holder.says, new RegExp(`^${address} is held by ${MAC} of default/vm-1, `));
    assert.equal(holder.code, 0);
    const status = await run("status");
    assert.equal(status.says, "all is well: 1 pool is served");
    assert.equal(status.code, 0);

    for (const { vm, arrange, says } of SITUATIONS) {
      await arrange(api);
      const outcome = await until(says, "explain", "vm", vm);
      assert.equal(outcome.code, 1, outcome.text);
    }

    await runIn(HERE, "ip", "link", "set", network.bridge.name, "down");
    const down = await until(/ is down$/, "explain", "vm", "vm-1");
    assert.match(down.says, /, but gets no answer: interface \S+ is down$/);
    assert.equal(down.code, 1);

    standalone.signal("SIGTERM");
    await standalone.ended();
    const away = await run("status");
    assert.match(away.says, /standalone at http:\S+ cannot be asked: /);
    assert.match(away.text, /the API server at https:\S+ \(named in \S+\) cannot be reached: /);
    assert.equal(away.code, 3);
    assert.equal((await run("explain", "vms", "a")).code, 2);
  },
});
