/** What may be wrong at a restart while clients get the addresses that are recorded. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { DhcpClient } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { HERE, runIn } from "../../support/network/network_namespace.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:09:01";

/** A network whose data folder is a small file system of its own. */
class Site implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(readonly network: VmNetwork) {
    this.#cleanUp.use(network);
    this.#cleanUp.defer(async () => void await runIn(HERE, "umount", "--lazy", this.dataDir));
  }

  static async create(): Promise<Site> {
    const network = await VmNetwork.create();
    const { dataDir } = network.options();
    await Deno.mkdir(dataDir);
    await runIn(HERE, "mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", dataDir);
    return new Site(network);
  }

  get dataDir(): string {
    return this.network.options().dataDir;
  }

  get manifest(): string {
    return `${this.network.folder}/manifest.yaml`;
  }

  /** Runs standalone until a VM has its address. @returns The address. */
  async record(end: Deno.Signal): Promise<string> {
    await Deno.writeTextFile(this.manifest, JSON.stringify(ippoolSample()));
    await using standalone = await StandaloneProcess.start(this.#options());
    using api = await standalone.api();
    const address = await addVm(api, "vm", MAC);
    standalone.signal(end);
    await standalone.ended();
    return address;
  }

  /** Starts standalone and does not wait for it. */
  restart(): StandaloneProcess {
    return this.#cleanUp.use(new StandaloneProcess(this.#options()));
  }

  async lease(): Promise<string> {
    const nic = await this.network.plugIn(MAC);
    await using client = await DhcpClient.start("udhcpc", nic, this.network.folder);
    return await client.bound();
  }

  /** Takes all room on the disk. */
  async fill(): Promise<void> {
    await runIn(HERE, "sh", "-c", `cat /dev/zero > ${this.dataDir}/filler 2>&1 || true`);
  }

  async makeRoom(): Promise<void> {
    await Deno.remove(`${this.dataDir}/filler`);
  }

  #options() {
    return { ...this.network.options(), args: ["--manifests", this.manifest] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

interface Harm {
  readonly name: string;
  /** How the run before ends. */
  readonly end?: Deno.Signal;
  readonly harm: (site: Site) => Promise<unknown>;
  /** Something that meets the harm, when the start alone does not. */
  readonly provoke?: (standalone: StandaloneProcess) => Promise<unknown>;
  readonly mend: (site: Site) => Promise<unknown>;
  readonly part: string;
  /** In `/readyz`. */
  readonly want: RegExp;
}

async function changePool(standalone: StandaloneProcess): Promise<void> {
  using api = await standalone.api();
  await assert.rejects(() => api.create("ippools", secondPool()), /the disk is full|is read-only/);
}

function secondPool(): KubeObject {
  return ippoolSample({ metadata: { name: "ippool-2" }, spec: { networkName: "default/net-2" } });
}

const HARMS: readonly Harm[] = [
  {
    name: "the disk is full and the kubeconfig is gone",
    harm: async (site) => {
      await Deno.remove(`${site.dataDir}/kubeconfig`);
      await site.fill();
    },
    mend: (site) => site.makeRoom(),
    part: "kubeconfig",
    want: /kubeconfig cannot be written: the disk is full: make room on it \(ENOSPC\)/,
  },
  {
    name: "the disk is full",
    harm: (site) => site.fill(),
    provoke: changePool,
    mend: (site) => site.makeRoom(),
    part: "database",
    want: /nothing can be changed: the database cannot be written: the disk is full/,
  },
  ...(["SIGTERM", "SIGKILL"] as const).map((end) => ({
    name: `the data folder is read-only after ${end}`,
    end,
    harm: (site: Site) => runIn(HERE, "mount", "-o", "remount,ro", site.dataDir),
    provoke: changePool,
    mend: (site: Site) => runIn(HERE, "mount", "-o", "remount,rw", site.dataDir),
    part: "database",
    want: /nothing can be changed: .*state\.db cannot be written: .*read-only/,
  })),
  {
    name: "the credentials are damaged",
    harm: (site) => Deno.writeTextFile(`${site.dataDir}/credentials.json`, "{}"),
    mend: (site) => Deno.remove(`${site.dataDir}/credentials.json`),
    part: "api",
    want: /API is not served to other processes: .*credentials\.json is damaged: delete it/,
  },
  {
    name: "the data folder is read-only and a manifest is new",
    harm: async (site) => {
      await Deno.writeTextFile(site.manifest, JSON.stringify(secondPool()));
      await runIn(HERE, "mount", "-o", "remount,ro", site.dataDir);
    },
    mend: (site) => runIn(HERE, "mount", "-o", "remount,rw", site.dataDir),
    part: "manifests",
    want: /^manifests are not applied:.*manifest\.yaml:1: .*cannot be written: .* read-only/ms,
  },
  {
    name: "a manifest is wrong",
    harm: (site) => Deno.writeTextFile(site.manifest, "kind: Nonsense\n"),
    mend: (site) => Deno.writeTextFile(site.manifest, JSON.stringify(ippoolSample())),
    part: "manifests",
    want: /manifests are wrong, nothing is applied:.*manifest\.yaml:1: /s,
  },
  {
    name: "a manifest is missing",
    harm: (site) => Deno.remove(site.manifest),
    mend: (site) => Deno.writeTextFile(site.manifest, JSON.stringify(ippoolSample())),
    part: "manifests",
    want: /manifest\.yaml:1: there is no such file or folder/,
  },
];

for (const { name, end = "SIGTERM", harm, provoke, mend, part, want } of HARMS) {
  await integrationTest({
    name: `standalone answers from the record when ${name}, says so, and needs no restart`,
    needs: ["namespaces", "udhcpc"],
    run: async () => {
      await using site = await Site.create();
      const address = await site.record(end);
      await harm(site);
      const standalone = site.restart();
      assert.equal(await site.lease(), address);
      await provoke?.(standalone);
      let seen = "";
      const { reasons } = await waitUntil(async () => {
        seen = await standalone.get("/readyz");
        return want.test(JSON.parse(seen).reasons?.join("\n") ?? "") ? JSON.parse(seen) : undefined;
      }, { what: String(want), explain: () => seen + standalone.log.tail() });
      await standalone.log.says(
        "part does not work, trying again",
        (fault) => fault["part"] === part && reasons.includes(fault["error"]),
      );
      assert.match(await standalone.get("/metrics"), new RegExp(`part_ready{part="${part}"} 0`));
      await mend(site);
      await standalone.ready();
      assert.match(await standalone.get("/metrics"), new RegExp(`part_ready{part="${part}"} 1`));
    },
  });
}
