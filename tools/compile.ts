/**
 * `./dev compile`: builds `dist/vm-dhcp`.
 *
 * DENO and DENORT_BIN name a Deno and the runtime base that it puts the program into, when both are
 * set; otherwise the Deno that runs this script downloads its own base. Types are not checked
 * here: `./dev check` does so, with one version of TypeScript for all.
 */

import { parseArgs } from "node:util";
import { bundle, BundleError } from "./bundle.ts";
import { noticesOf } from "./image/packages.ts";
import { PROJECT, say } from "./steps.ts";

/** What the commands may do, and what for. Each gives up at its start what it does not need. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-env", // flags from the environment, and HOME for the default kubeconfig
  "--allow-ffi", // packet sockets and interface data from libc
  "--allow-net", // the API server's client and server, health and metrics, names of NTP servers
  "--allow-read", // kubeconfig, service account, manifests, database
  "--allow-run", // the credential plugin of a kubeconfig
  // Who reports an Event, whose the data folder has to be, and which interface owns an address.
  "--allow-sys=hostname,uid,networkInterfaces",
  "--allow-write", // database and kubeconfig
];

/**
 * What is thrown away young is collected in pieces of 2 MB: V8's default of 16 MB lets the memory
 * of a process that does little grow by more than that before it looks. What outlives two of these
 * collections, as what belongs to a request does, waits for one of the whole heap: that comes when
 * it has grown by half, where V8 would let it become three times as large.
 */
const V8_FLAGS =
  "--v8-flags=--max-semi-space-size=2,--min-semi-space-size=1,--heap-growing-percent=50";

const OUTPUT = `${PROJECT}/dist/vm-dhcp`;

/** The licences of the packages in it. */
const NOTICES = `${PROJECT}/dist/licenses.txt`;

/** Targets of `deno compile` by the names of processors in container images. */
export const TARGETS = {
  amd64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
} as const;

/** A processor that images are built for. */
export type Architecture = keyof typeof TARGETS;

/** This machine's. */
export const HERE: Architecture = Deno.build.arch === "x86_64" ? "amd64" : "arm64";

export function isArchitecture(text: string): text is Architecture {
  return Object.hasOwn(TARGETS, text);
}

/** How compiling ended. */
export type CompileResult = "compiled" | "failed" | "unreachable";

/** What to tell somebody whose network does not let Deno download its runtime base. */
export const UNREACHABLE =
  "deno compile could not download its runtime base from dl.deno.land; make that reachable, or " +
  "set DENO and DENORT_BIN to a Deno and its matching denort";

/** Builds the executable from a bundle of the sources. @param arch Processor; this one by default. */
export async function compile(arch?: Architecture): Promise<CompileResult> {
  const work = `${PROJECT}/dist/compile`;
  await Deno.mkdir(work, { recursive: true });
  try {
    const metafile = await bundle({ entry: "main.ts", work, commit: await findCommit() });
    await Deno.writeTextFile(NOTICES, await noticesOf(metafile));
    await eraseTimes(`${work}/bundle`);
    return await runCompiler(`${work}/bundle/main.js`, arch);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    say(error.message);
    return "failed";
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The executable has the times of its files, which would make each build another one. */
async function eraseTimes(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) await Deno.utime(`${folder}/${name}`, 0, 0);
}

/**
 * The commit of the sources, marked when they were changed since; undefined without git. Where the
 * sources are without their history, VM_DHCP_COMMIT tells it.
 */
export async function findCommit(): Promise<string | undefined> {
  const told = Deno.env.get("VM_DHCP_COMMIT") ?? "";
  if (told !== "") return told;
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
      cwd: PROJECT,
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function runCompiler(main: string, arch?: Architecture): Promise<CompileResult> {
  const given = Deno.env.has("DENORT_BIN") ? Deno.env.get("DENO") : undefined;
  const { success, stderr } = await new Deno.Command(given ?? Deno.execPath(), {
    args: [
      "compile",
      "--no-check",
      // It would be a file of code in /tmp, where anybody can put one before root runs it.
      "--no-code-cache",
      ...PERMISSIONS,
      V8_FLAGS,
      // Everything is in the bundle.
      ...(arch === undefined ? [] : ["--target", TARGETS[arch]]),
      ...["--no-config", "--no-lock", "--no-npm", "--no-remote"],
      ...["--output", OUTPUT, main],
    ],
    cwd: PROJECT,
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).output();
  if (success) return "compiled";
  const text = new TextDecoder().decode(stderr);
  console.error(text);
  return text.includes("dl.deno.land") ? "unreachable" : "failed";
}

async function main(): Promise<void> {
  const { arch } = parseArgs({ options: { arch: { type: "string" } } }).values;
  if (arch !== undefined && !isArchitecture(arch)) {
    say(`--arch ${arch}: there are ${Object.keys(TARGETS).join(" and ")}`);
    Deno.exitCode = 2;
    return;
  }
  const result = await compile(arch);
  if (result === "compiled") {
    const { size } = await Deno.stat(OUTPUT);
    say(`${OUTPUT} (${(size / 1e6).toFixed(0)} MB)`);
  } else {
    if (result === "unreachable") say(UNREACHABLE);
    Deno.exitCode = 1;
  }
}

if (import.meta.main) await main();
