/** A kubectl that works here: the user's own, or one built from its published source. */

import { resolve } from "node:path";
import { findGo } from "./go_toolchain.ts";
import { findProgram, isExecutable } from "./tools.ts";

/** What is built when there is none. */
const KUBECTL_VERSION = "v1.34.4";
/** Older ones lack `kubectl apply --server-side` with the defaults that we rely on. */
const MINOR_OLDEST = 27;

const MODULE = resolve(import.meta.dirname ?? ".", "../cluster/kubectl");

/** Folder for what is downloaded or built once a machine; `./dev` names it. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache`;
  return Deno.env.get("VM_DHCP_CACHE") ?? `${base}/vm-dhcp`;
}

/**
 * Path of a kubectl that is there already: KUBECTL, else PATH if it is new enough, else the cache.
 *
 * @throws {Error} when KUBECTL names something else.
 */
export async function findKubectl(): Promise<string | undefined> {
  const named = Deno.env.get("KUBECTL");
  if (named !== undefined && named !== "") {
    if (await isUsable(named)) return named;
    throw new Error(`KUBECTL=${named} is not a kubectl of version 1.${MINOR_OLDEST} or newer`);
  }
  const installed = await findProgram("kubectl");
  if (installed !== undefined && await isUsable(installed)) return installed;
  const built = builtPath();
  return await isExecutable(built) ? built : undefined;
}

/**
 * Path of a usable kubectl, which is built when there is none.
 *
 * @throws {Error} that says what to install when it cannot be built.
 */
export async function kubectlPath(): Promise<string> {
  const found = await findKubectl();
  if (found !== undefined) return found;
  const go = await findGo(MODULE, cacheFolder());
  console.error(`dev: building kubectl ${KUBECTL_VERSION} (once, some minutes)`);
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const unfinished = `${builtPath()}.${Deno.pid}`;
  const { success, stderr } = await new Deno.Command(go, {
    args: ["build", "-trimpath", "-ldflags", linkerFlags(), "-o", unfinished, "."],
    cwd: MODULE,
    env: { CGO_ENABLED: "0" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`cannot build kubectl: ${new TextDecoder().decode(stderr)}`);
  await Deno.rename(unfinished, builtPath());
  return builtPath();
}

function builtPath(): string {
  return `${cacheFolder()}/kubectl-${KUBECTL_VERSION}`;
}

/** The version is not in the module; releases set it in the same way. */
function linkerFlags(): string {
  const [major, minor] = KUBECTL_VERSION.slice(1).split(".");
  const values = { gitVersion: KUBECTL_VERSION, gitMajor: major, gitMinor: minor };
  const settings = Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-s", "-w", ...settings].join(" ");
}

async function isUsable(kubectl: string): Promise<boolean> {
  const { success, stdout } = await new Deno.Command(kubectl, {
    args: ["version", "--client", "--output=json"],
    stderr: "null",
  }).output();
  if (!success) return false;
  const { clientVersion }: { clientVersion?: { major: string; minor: string } } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  // Some vendors append a sign: "32+".
  const minor = parseInt(clientVersion?.minor ?? "", 10);
  return Number(clientVersion?.major) > 1 || minor >= MINOR_OLDEST;
}
