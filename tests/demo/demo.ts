/**
 * `./dev demo`: the main job on a bare machine. A bridge, a "VM" in a network namespace,
 * standalone, and a real DHCP client, all inside a network namespace of the demo's own, so that
 * nothing of the host is touched and nothing can stay behind.
 */

import { resolve } from "node:path";
import { installTools } from "../../tools/install.ts";
import { findProgram, succeeds } from "../../tools/programs.ts";
import { CLIENT_NAMES, type ClientName } from "../support/dhcp/dhcp_client.ts";
import { runDemo } from "./scenes.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../..");

/** Set in the copy of this process that runs inside the namespace. */
const INSIDE = "VM_DHCP_DEMO_INSIDE";

const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function main(): Promise<number> {
  if (Deno.env.get(INSIDE) === "1") return await runInside();
  await download();
  if (!await succeeds("unshare", "--net", "true")) return await refuse();
  await installTools(await findClient() === undefined ? ["ip", "udhcpc"] : ["ip"]);
  if (await findProgram("ip") === undefined) {
    console.error("demo: needs the program ip; install iproute2");
    return 1;
  }
  if (await findClient() === undefined) {
    console.error("demo: needs a DHCP client; install udhcpc, isc-dhcp-client or dhcpcd-base");
    return 1;
  }
  return await enterNamespace();
}

/** Fetches the packages while there is still a network. */
async function download(): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--config", `${PROJECT}/deno.json`, `${PROJECT}/main.ts`],
    stdin: "null",
  }).output();
  if (!success) console.error("demo: could not download all packages; trying without");
}

/** Says what is missing, and offers another way. */
async function refuse(): Promise<number> {
  console.error("demo: making network namespaces needs root.");
  const works = await succeeds("unshare", "-Urn", "--mount", "true");
  console.error(
    works
      ? "demo: this kernel lets you do it without root: unshare -Urn --mount ./dev demo"
      : "demo: run it as root: sudo ./dev demo",
  );
  return 1;
}

/** Runs this script again inside a namespace and waits for its end, in spite of signals. */
async function enterNamespace(): Promise<number> {
  const child = new Deno.Command("unshare", {
    args: [
      "--net",
      Deno.execPath(),
      "run",
      "--allow-all",
      import.meta.filename ?? "",
      ...Deno.args,
    ],
    env: { [INSIDE]: "1" },
    stdin: "null",
  }).spawn();
  using _forwarding = onEndSignals(() => child.kill("SIGTERM"));
  const { code } = await child.status;
  return code;
}

async function runInside(): Promise<number> {
  const client = await findClient();
  if (client === undefined) throw new Error("the DHCP client is gone");
  const stopped = new AbortController();
  using _stopping = onEndSignals(() => stopped.abort(new Error("stopped by a signal")));
  try {
    await runDemo(client, stopped.signal);
    return 0;
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function findClient(): Promise<ClientName | undefined> {
  for (const name of CLIENT_NAMES) {
    if (await findProgram(name) !== undefined) return name;
  }
  return undefined;
}

/** Calls back at signals that end a process, as long as it is not disposed. */
function onEndSignals(callback: () => void): Disposable {
  for (const signal of END_SIGNALS) Deno.addSignalListener(signal, callback);
  return {
    [Symbol.dispose]() {
      for (const signal of END_SIGNALS) Deno.removeSignalListener(signal, callback);
    },
  };
}

Deno.exitCode = await main();
