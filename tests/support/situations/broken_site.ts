/** A place where things go wrong, and what an operator asks there. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { Kubectl } from "../../support/console/kubectl.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { VmNetwork } from "../../support/network/vm_network.ts";
import type { LineLog } from "../../support/process/line_log.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";

/** An installation that serves `default/net-48`, the bridge of a network. */
export interface BrokenSite {
  readonly network: VmNetwork;
  readonly kubectl: Kubectl;
  /** Of each process of the installation. */
  readonly logs: readonly LineLog[];
  /** Sends a signal to what answers DHCP. */
  readonly signalAgents: (signal: Deno.Signal) => void;
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
  }, { what: `${what} to say ${wanted}`, limitMs: 90_000, explain: () => last });
}
