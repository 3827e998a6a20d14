/** The packet loop while the process cannot open anything. Needs root. */

import assert from "node:assert/strict";
import * as libc from "../../../lib/sys/libc/libc.ts";
import { allocate, RLIMIT } from "../../../lib/sys/libc/struct_layouts.ts";
import { formatMacAddress, macAddressFromBytes } from "../../../lib/net/mac_address.ts";
import { clientFrame, leaseTable } from "../../support/dhcp/dhcp_packets.ts";
import { WireServer } from "../../support/dhcp/wire_server.ts";
import { createVethPair, deleteInterface, HERE } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const OPEN_FILES_MAX = 256;
const ASK_AGAIN_MS = 20;
const OTHER_MAC = "02:00:00:00:00:98";

/** Runs commands although nothing can be opened: its pipe is open already. */
class Shell implements AsyncDisposable {
  readonly #child = new Deno.Command("sh", { stdin: "piped", stdout: "piped" }).spawn();
  readonly #stdin = this.#child.stdin.getWriter();
  readonly #stdout = this.#child.stdout.getReader();

  async run(command: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${command} && echo done\n`));
    const { value } = await this.#stdout.read();
    assert.equal(new TextDecoder().decode(value), "done\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#stdout.cancel();
    await this.#child.status;
  }
}

/** Takes all descriptors of this process until it is disposed. */
class DescriptorHog implements Disposable {
  readonly #before = allocate(RLIMIT.bytes);
  readonly #files: Deno.FsFile[] = [];

  constructor() {
    libc.limitOpenFiles(null, this.#before.memory);
    const wanted = allocate(RLIMIT.bytes);
    wanted.memory.set(this.#before.memory);
    wanted.view.setBigUint64(RLIMIT.soft, BigInt(OPEN_FILES_MAX), true);
    libc.limitOpenFiles(wanted.memory, null);
    assert.throws(() => {
      for (;;) this.#files.push(Deno.openSync("/dev/null"));
    }, /Too many open files/);
  }

  /** Gives one back, to be used at once. */
  giveOne(): void {
    this.#files.pop()!.close();
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file.close();
    libc.limitOpenFiles(this.#before.memory, null);
  }
}

function isReply(frame: Uint8Array): boolean {
  return frame[12] === 8 && frame[13] === 0 && frame[23] === 17 && frame[35] === 67;
}

/** Asks until there is an OFFER. @param from Where it has to come from. */
async function offered(client: RawLink, from?: string): Promise<void> {
  const isExpected = (frame: Uint8Array) =>
    isReply(frame) &&
    (from === undefined || formatMacAddress(macAddressFromBytes(frame, 6)) === from);
  await waitUntil(async () => {
    client.send(clientFrame());
    return await client.receive(isExpected, ASK_AGAIN_MS).catch(() => undefined);
  }, { what: "an OFFER" });
}

Deno.test("DhcpServer serves whatever happens to its interface while nothing can be opened", async () => {
  await using pair = await createVethPair();
  await using shell = new Shell();
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => deleteInterface(HERE, pair.name));
  const server = cleanUp.use(await WireServer.start(pair.name, leaseTable()));
  {
    using client = new RawLink(pair.peerName);
    await offered(client);
    using hog = new DescriptorHog();
    await offered(client);
    await shell.run(`ip link set ${pair.name} mtu 1400 address ${OTHER_MAC}`);
    await offered(client, OTHER_MAC);
    await shell.run(`ip link set ${pair.name} down`);
    await server.reaches("InterfaceDown");
    await shell.run(`ip link set ${pair.name} up`);
    await server.reaches("Serving");
    await offered(client);
    await shell.run(`ip link delete ${pair.name}`);
    await server.reaches("InterfaceNotFound");
    const made = `ip link add ${pair.name} type veth peer name ${pair.peerName}`;
    await shell.run(`${made} && ip link set ${pair.name} up && ip link set ${pair.peerName} up`);
    await server.reaches("Serving");
    hog.giveOne();
    using other = new RawLink(pair.peerName);
    await offered(other);
  }
});
