/**
 * What users of the Go program learned to type, in standalone: the commands word for word, and the
 * answers as they know them.
 */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { type ConsoleStep, readConsoleSteps } from "../../support/console/console_session.ts";
import { type ConsoleShell, openConsole } from "../../support/console/console_shell.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { createBridge, NetworkNamespace } from "../../support/network/network_namespace.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";

const FILE = "tests/testdata/sessions/usage_and_observability.md";
const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");

/** The document's pools: name, the first three octets, and the last ones of its first and last address. */
const POOLS = [
  ["net-48", "192.168.48", 81, 90],
  ["priv-net-all", "172.19.150", 3, 14],
  ["priv-net-cp", "172.19.100", 3, 9],
  ["priv-net-wk", "172.19.200", 3, 9],
] as const;

const NTP = ["103.147.22.149", "17.253.116.253", "112.104.189.124", "118.163.74.161"];

/** Commands below a heading of the document, and what they print. */
async function stepsBelow(heading: string): Promise<ConsoleStep[]> {
  const text = await Deno.readTextFile(`${PROJECT}/${FILE}`);
  return readConsoleSteps(text.replaceAll("```\n$ ", "```console\n$ "), heading);
}

/** Runs standalone on bridges of a network namespace, with a shell beside it. */
async function withStandalone(
  networks: readonly string[],
  use: (shell: ConsoleShell) => Promise<void>,
): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  // As on a terminal, where curl shows no progress while it prints.
  await Deno.writeTextFile(`${folder}/.curlrc`, "silent\n");
  const place = cleanUp.use(await NetworkNamespace.create());
  for (const [index] of networks.entries()) await createBridge(place, `br${index}`);
  const standalone = cleanUp.use(
    new StandaloneProcess({
      form: "executable",
      place,
      dataDir: `${folder}/data`,
      nics: networks.map((network, index) => `default/${network}=br${index}`),
      http: "usual",
    }),
  );
  await standalone.url();
  const shell = cleanUp.use(await openConsole(place, folder));
  await shell.run(`export KUBECONFIG=${standalone.kubeconfigPath}`);
  await use(shell);
}

/** Runs a command until it prints what is wanted, because a controller is at work. */
async function untilPrinted(
  shell: ConsoleShell,
  { command, line }: ConsoleStep,
  check: (printed: string) => void,
): Promise<void> {
  let failure: unknown;
  await waitUntil(async () => {
    const printed = await shell.run(command);
    try {
      check(printed);
      return true;
    } catch (error) {
      failure = error;
      return undefined;
    }
  }, { what: `${FILE}:${line}: ${command}`, explain: () => String(failure) });
}

/** The objects of which the document shows the series and the dumps. */
function shownObjects(): readonly KubeObject[] {
  const pools = POOLS.map(([name, octets, first, last]) => poolOf(name, octets, [first, last]));
  const vms = [["01", "82", "e2:67:41:51:64:ae"], ["02", "85", "aa:c9:4d:9d:59:53"]] as const;
  return [
    ...pools,
    ...vms.map(([number, last, macAddress]) => {
      const name = `test-vm-${number}`;
      const nic = { macAddress, networkName: "default/net-48", ipAddress: `192.168.48.${last}` };
      return vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs: [nic] } });
    }),
  ];
}

function poolOf(name: string, octets: string, [first, last]: readonly number[]): KubeObject {
  const [start, end] = [`${octets}.${first}`, `${octets}.${last}`];
  const isFirst = name === "net-48";
  const ipv4Config = {
    cidr: `${octets}.0/${isFirst ? 24 : 28}`,
    serverIP: `${octets}.${isFirst ? 77 : 2}`,
    router: `${octets}.1`,
    ntp: NTP,
  };
  const pool = { start, end, exclude: [start, end] };
  const spec = { networkName: `default/${name}` };
  return ippoolSample({ metadata: { name }, ipv4Config, pool, spec });
}

/** Help, type and series; a series may have more labels than the document shows. */
function checkMetrics(printed: string, wanted: string): void {
  const lines = printed.split("\n");
  for (const line of wanted.trimEnd().split("\n")) {
    const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    const isThere = name === undefined
      ? lines.includes(line)
      : lines.some((other) =>
        other.startsWith(`${name}{`) && other.endsWith(`} ${value}`) &&
        labels!.split(",").every((label) => other.includes(label))
      );
    assert.ok(isThere, `${line}\nis not in\n${printed}`);
  }
}

/** Leases in their order, with the NTP servers in any: the document's came from a name. */
function leasesOf(text: string): unknown {
  return Object.entries(JSON.parse(text) as Record<string, string>).map(([mac, lease]) => {
    const { NTP: servers, ...rest } = JSON.parse(lease) as { NTP: string[] };
    return [mac, Object.keys(JSON.parse(lease)), JSON.stringify(rest), servers.sort()];
  });
}

await integrationTest({
  name: "in standalone, the pool and the VM of the known manifests get along as they always did",
  needs: ["namespaces", "executable", "curl"],
  run: () =>
    withStandalone(["net-48"], async (shell) => {
      const printed: string[] = [];
      for (const { command } of await stepsBelow("Usage")) printed.push(await shell.run(command));
      assert.deepEqual(printed, [
        "ippool.network.harvesterhci.io/ippool-1 created\n",
        "virtualmachinenetworkconfig.network.harvesterhci.io/test-vm created\n",
      ]);
      const [, cache, , leases] = await stepsBelow("Observability");
      await untilPrinted(shell, cache!, (text) => {
        assert.deepEqual(JSON.parse(text), { "fa:cf:8e:50:82:fc": "192.168.48.82" });
      });
      await untilPrinted(shell, leases!, (text) => {
        const lease = JSON.parse(JSON.parse(text)["fa:cf:8e:50:82:fc"]);
        assert.equal(lease.ClientIP, "192.168.48.82");
        assert.equal(lease.LeaseTime, 300);
      });
    }),
});

await integrationTest({
  name: "in standalone, metrics and dumps answer as dashboards and users know them",
  needs: ["namespaces", "executable", "curl"],
  run: () =>
    withStandalone(POOLS.map(([name]) => name), async (shell) => {
      for (const object of shownObjects()) {
        await shell.run(`kubectl create -f - <<'EOF'\n${JSON.stringify(object)}\nEOF`);
      }
      const steps = await stepsBelow("Observability");
      const [metrics, ipam, cache, leases] = steps;
      assert.equal(steps.length, 4);
      await untilPrinted(shell, metrics!, (text) => checkMetrics(text, metrics!.output));
      for (const dump of [ipam!, cache!]) {
        await untilPrinted(shell, dump, (text) => assert.equal(text.trim(), dump.output.trim()));
      }
      await untilPrinted(shell, leases!, (text) => {
        assert.deepEqual(leasesOf(text), leasesOf(leases!.output));
      });
    }),
});
