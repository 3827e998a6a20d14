/** A place where things go wrong, and what an operator asks there. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { vmnetcfgSample } from "../apiserver/samples.ts";
import type { Kubectl } from "../console/kubectl.ts";
import { waitUntil } from "../harness/wait_until.ts";
import type { VmNetwork } from "../network/vm_network.ts";
import type { LineLog } from "../process/line_log.ts";
import { PROGRAMS } from "../process/standalone_process.ts";

/** Between two questions: most are processes that take as long as that. */
const PAUSE_MS = 500;

/** What each network has: a pool, and a VM. */
export interface Place {
  /** `default/net-48` and so on. */
  readonly networkName: string;
  readonly pool: string;
  readonly vm: string;
  readonly mac: string;
  /** The first three octets of its addresses. */
  readonly prefix: string;
}

/** The first is that of the examples. */
export const PLACES: readonly Place[] = [1, 2, 3].map((number) => ({
  networkName: `default/net-${47 + number}`,
  pool: `ippool-${number}`,
  vm: number === 1 ? "test-vm" : `test-vm-${number}`,
  mac: number === 1 ? "fa:cf:8e:50:82:fc" : `52:54:00:48:00:0${number}`,
  prefix: `192.168.${47 + number}`,
}));

/** An installation that serves the networks of {@link PLACES}. */
export interface BrokenSite {
  /** One for each place. */
  readonly networks: readonly VmNetwork[];
  readonly kubectl: Kubectl;
  /** Of each process of the installation. */
  readonly logs: readonly LineLog[];
  /** Called when there are pools; resolves when something is there that answers DHCP. */
  readonly serve: () => Promise<void>;
  /** Sends a signal to what answers DHCP at the first place. */
  readonly signalAgent: (signal: Deno.Signal) => void;
  /** Gives a manifest to the installation in its usual way. @returns What it says of it. */
  readonly giveManifest: (manifest: JsonObject) => Promise<string>;
}

/** Runs kubectl. @throws {Error} when that fails. */
export async function kubectl(
  site: BrokenSite,
  args: readonly string[],
  input?: unknown,
): Promise<string> {
  const { code, stdout, stderr } = await site.kubectl.run(args, input);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** What the executable prints. */
export async function vmDhcp(
  { kubectl: { kubeconfig } }: BrokenSite,
  ...args: readonly string[]
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(PROGRAMS.executable[0], {
    args: [...args],
    env: { KUBECONFIG: kubeconfig },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/** Waits until an answer has these words. */
export async function untilSaid(
  what: string,
  ask: () => string | Promise<string>,
  wanted: RegExp,
): Promise<string> {
  let last = "";
  return await waitUntil(async () => {
    last = await ask();
    return wanted.test(last) ? last : undefined;
  }, {
    what: `${what} to say ${wanted}`,
    limitMs: 240_000,
    pauseMs: PAUSE_MS,
    explain: () => last,
  });
}

/** A VM with one NIC. */
export interface VmOfSite {
  readonly name: string;
  readonly mac: string;
  /** That of the first place when absent. */
  readonly networkName?: string;
}

/** Declares VMs. */
export async function applyVms(site: BrokenSite, ...vms: readonly VmOfSite[]): Promise<void> {
  const items = vms.map(({ name, mac, networkName = PLACES[0]!.networkName }) =>
    vmnetcfgSample({
      metadata: { name },
      spec: { vmName: name, networkConfigs: [{ macAddress: mac, networkName }] },
    })
  );
  await kubectl(site, ["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
}

/** Removes VMs, and waits until they are gone. */
export async function removeVms(site: BrokenSite, ...names: readonly string[]): Promise<void> {
  await kubectl(site, ["delete", "virtualmachinenetworkconfig", ...names]);
}
