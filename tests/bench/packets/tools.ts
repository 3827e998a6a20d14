/** The programs in C, because a generator has to be faster than what it measures. */

import { cacheFolder } from "../../../tools/kubernetes/programs.ts";
import { isExecutable } from "../../../tools/programs.ts";

const FLAGS = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror"];
const SHARED = ["packet_port.c", "packet_port.h", "dhcp_frame.h"];

/** What each program of this folder is made of besides. */
const OWN = {
  dhcp_load: ["dhcp_load.c", "load_options.c", "load_options.h", "histogram.h"],
  dhcp_reflector: ["dhcp_reflector.c"],
} as const;

/** A program of this folder. */
export type BenchTool = keyof typeof OWN;

/**
 * Path of a program, which is built when its source has changed.
 *
 * @throws {Error} without a C compiler, or with what the compiler says.
 */
export async function benchTool(name: BenchTool): Promise<string> {
  const folder = import.meta.dirname!;
  const sources = [...OWN[name], ...SHARED];
  const texts = await Promise.all(sources.map((file) => Deno.readTextFile(`${folder}/${file}`)));
  const path = `${cacheFolder()}/bench/${name}-${await digest(texts.join("\0"))}`;
  if (await isExecutable(path)) return path;
  await Deno.mkdir(`${cacheFolder()}/bench`, { recursive: true });
  // Renamed when complete, because another run may build it, too.
  const unfinished = `${path}.${Deno.pid}`;
  const inputs = sources.filter((file) => file.endsWith(".c"));
  await compile([...FLAGS, "-o", unfinished, ...inputs], folder);
  await Deno.rename(unfinished, path);
  return path;
}

async function compile(args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("gcc", { args: [...args], cwd }).output();
  if (!success) throw new Error(`gcc failed: ${new TextDecoder().decode(stderr)}`);
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes, 0, 6).toHex();
}
