/**
 * Networks for tests: anonymous network namespaces, veth pairs and bridges.
 *
 * A namespace belongs to a child process that waits for its standard input to end, so it vanishes
 * even when the test process is killed. It has no name below /run, so all of this also works as an
 * ordinary user inside `unshare -Urn`. Interfaces vanish with the namespace of either end.
 */

import { waitUntil } from "../harness/wait_until.ts";

const NAME_BYTES_MAX = 15;

/** Not the number of the process: the host gives that to another one, which may find what is left. */
const RUN = Math.floor(Math.random() * 36 ** 4).toString(36);

let namesMade = 0;

/**
 * A name for an interface that no other test process uses.
 *
 * @param prefix At most 4 letters.
 */
export function uniqueInterfaceName(prefix: string): string {
  const name = `${prefix}${RUN}x${(namesMade++).toString(36)}`;
  if (name.length > NAME_BYTES_MAX) throw new RangeError(`Interface name ${name} is too long`);
  return name;
}

/** Where commands run: in a namespace, or in the one of this process. */
export interface NetworkPlace {
  /** Words to put before a command, such as `nsenter`. */
  readonly enter: readonly string[];
  /** A process that lives there. */
  readonly pid: number;
}

/** The network namespace of this process. */
export const HERE: NetworkPlace = { enter: [], pid: Deno.pid };

/** A network namespace with `lo` up and nothing else. */
export class NetworkNamespace implements NetworkPlace, AsyncDisposable {
  readonly #holder: Deno.ChildProcess;

  private constructor(holder: Deno.ChildProcess) {
    this.#holder = holder;
  }

  /** Makes a namespace. @throws {Error} without the right to do it (root or `unshare -Urn`). */
  static async create(): Promise<NetworkNamespace> {
    const holder = new Deno.Command("unshare", {
      args: ["--net", "sh", "-c", "ip link set lo up && echo ready && exec cat"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    if (value === undefined) {
      const { stderr } = await holder.output();
      throw new Error(`cannot make a network namespace: ${new TextDecoder().decode(stderr)}`);
    }
    return new NetworkNamespace(holder);
  }

  get pid(): number {
    return this.#holder.pid;
  }

  get enter(): readonly string[] {
    return ["nsenter", "--target", String(this.pid), "--net"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.stdin.close();
    await this.#holder.stderr.cancel();
    await this.#holder.status;
  }
}

/**
 * Runs a command to its end.
 *
 * @param command Words of the command.
 * @returns Its standard output.
 * @throws {Error} with its standard error when it fails.
 */
export async function runIn(place: NetworkPlace, ...command: readonly string[]): Promise<string> {
  const output = await commandIn(place, command, { stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder();
  if (!output.success) {
    throw new Error(`${command.join(" ")} failed (${output.code}): ${text.decode(output.stderr)}`);
  }
  return text.decode(output.stdout);
}

/** A command to be run or spawned. */
export function commandIn(
  place: NetworkPlace,
  command: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Deno.Command {
  const [program, ...args] = [...place.enter, ...command];
  if (program === undefined) throw new RangeError("A command needs at least one word");
  return new Deno.Command(program, { ...options, args });
}

/**
 * Has ip(8) run many commands at once, in this namespace.
 *
 * @param lines Commands without the word `ip`.
 * @param options `mayFail`: those behind one that fails run as well, and the failure is none.
 * @throws {Error} when one fails.
 */
export async function ipBatch(
  lines: readonly string[],
  { mayFail = false }: { readonly mayFail?: boolean } = {},
): Promise<void> {
  const command = ["ip", ...(mayFail ? ["-force"] : []), "-batch", "-"];
  const output = mayFail ? "null" : "inherit";
  const child = commandIn(HERE, command, { stdin: "piped", stderr: output }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  await writer.close();
  const { success } = await child.status;
  if (!success && !mayFail) throw new Error(`ip -batch failed: ${lines[0]} ...`);
}

/** Two interfaces joined by a virtual cable, both up. */
export interface VethPair extends AsyncDisposable {
  readonly name: string;
  readonly peerName: string;
}

/** Where the ends of a pair are, and what they are called. */
export interface VethPairOptions {
  readonly place?: NetworkPlace;
  readonly name?: string;
  readonly peerPlace?: NetworkPlace;
  readonly peerName?: string;
}

/** Makes a veth pair; each end is in this namespace unless a place is given. */
export async function createVethPair(options: VethPairOptions = {}): Promise<VethPair> {
  const { place = HERE, peerPlace = HERE } = options;
  const { name = uniqueInterfaceName("vd"), peerName = uniqueInterfaceName("vp") } = options;
  const peer = ["peer", "name", peerName, "netns", String(peerPlace.pid)];
  await runIn(place, "ip", "link", "add", name, "type", "veth", ...peer);
  await runIn(place, "ip", "link", "set", name, "up");
  await runIn(peerPlace, "ip", "link", "set", peerName, "up");
  await hasCarrier(place, name);
  await hasCarrier(peerPlace, peerName);
  return { name, peerName, [Symbol.asyncDispose]: () => deleteInterface(place, name) };
}

/** Waits for the carrier, which follows "up" a moment later: until then the kernel drops frames. */
async function hasCarrier(place: NetworkPlace, name: string): Promise<void> {
  await waitUntil(async () => {
    const text = await runIn(place, "ip", "-json", "link", "show", "dev", name);
    return text.includes('"operstate":"UP"') || undefined;
  }, { what: `a carrier on ${name}` });
}

/** A bridge that is up. */
export interface Bridge extends AsyncDisposable {
  readonly name: string;
  /** Makes the interface, which must be in the same place, a port of the bridge. */
  attach(interfaceName: string): Promise<void>;
}

/** Makes a bridge without ports. */
export async function createBridge(
  place: NetworkPlace,
  name = uniqueInterfaceName("vb"),
): Promise<Bridge> {
  await runIn(place, "ip", "link", "add", name, "type", "bridge");
  await runIn(place, "ip", "link", "set", name, "up");
  return {
    name,
    attach: async (port) => void await runIn(place, "ip", "link", "set", port, "master", name),
    [Symbol.asyncDispose]: () => deleteInterface(place, name),
  };
}

/** Deletes an interface, if it is still there. */
export async function deleteInterface(place: NetworkPlace, name: string): Promise<void> {
  const quiet = { stdout: "null", stderr: "null" } as const;
  await commandIn(place, ["ip", "link", "delete", "dev", name], quiet).output();
  const { success } = await commandIn(place, ["ip", "link", "show", "dev", name], quiet).output();
  if (success) throw new Error(`Interface ${name} is still there`);
}
