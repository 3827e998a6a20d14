/** A virtual machine with real firmware on a bridge, as the last client of all. */

import { resolve } from "node:path";
import { waitUntil } from "../harness/wait_until.ts";
import {
  commandIn,
  HERE,
  type NetworkPlace,
  uniqueInterfaceName,
} from "../network/network_namespace.ts";
import { consoleLines } from "./console_lines.ts";
import { accelerators, FIRMWARE, type FirmwareName } from "./firmware.ts";

const PLUG_IN = resolve(import.meta.dirname ?? ".", "plug_in.sh");

/** Firmware takes half a minute where the processor is emulated, and this host may be busy. */
const BOOT_MS_MAX = 300_000;

/** Where a machine is plugged in, and what it is. */
export interface QemuMachineOptions {
  readonly firmware: FirmwareName | "as typed";
  readonly mac: string;
  /** Name of the bridge. */
  readonly bridge: string;
  /** Where the bridge is. */
  readonly place?: NetworkPlace;
}

/** A machine that boots from the network; disposing switches it off. */
export class QemuMachine implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;
  #console = "";
  #errors = "";
  #hasEnded = false;

  private constructor(
    readonly options: Required<QemuMachineOptions>,
    command: readonly string[],
  ) {
    this.#child = commandIn(options.place, command, {
      env: { BRIDGE: options.bridge },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child.status.then(() => this.#hasEnded = true);
    this.#read = Promise.all([
      follow(this.#child.stdout, (text) => this.#console += text),
      follow(this.#child.stderr, (text) => this.#errors += text),
    ]);
  }

  /** Switches a machine on by a command of a document. Its MAC and its interface are in the command. */
  static typed(command: string, place: NetworkPlace): QemuMachine {
    const [, mac = ""] = /\bmac=([\da-f:]+)/.exec(command) ?? [];
    return new QemuMachine({ place, firmware: "as typed", mac, bridge: "" }, [
      ...["setpriv", "--pdeathsig", "KILL", "sh", "-c", `exec ${command}`],
    ]);
  }

  /** Switches a machine on. Its interface on the bridge is there as long as QEMU. */
  static async boot(
    { place = HERE, ...options }: QemuMachineOptions & { readonly firmware: FirmwareName },
  ): Promise<QemuMachine> {
    const { program, args, card } = FIRMWARE[options.firmware];
    const tap = `ifname=${uniqueInterfaceName("vt")},script=${PLUG_IN},downscript=no`;
    return new QemuMachine({ place, ...options }, [
      // The kernel ends it even when the test itself is killed.
      ...["setpriv", "--pdeathsig", "KILL", program, ...await accelerators(program), ...args],
      ...["-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none", "-serial", "stdio"],
      ...["-netdev", `tap,id=net,${tap}`],
      ...["-device", `${card},netdev=net,mac=${options.mac}`],
    ]);
  }

  /** All that stands on its console. */
  console(): string {
    return consoleLines(this.#console).join("\n");
  }

  /** Waits until its console has what is wanted. @returns The match. */
  prints(wanted: RegExp, limitMs = BOOT_MS_MAX): Promise<RegExpExecArray> {
    const { firmware, mac } = this.options;
    return waitUntil(() => {
      const found = wanted.exec(this.console());
      if (found === null && this.#hasEnded) throw new Error(`QEMU has ended\n${this.#explain()}`);
      return found ?? undefined;
    }, {
      what: `${wanted} on the console of ${mac} (${firmware})`,
      limitMs,
      explain: () => this.#explain(),
    });
  }

  /** Waits for the address that its firmware says it has. */
  async address(): Promise<string> {
    const [, address = ""] = await this.prints(
      /^(?:net0: |Station IP address is )(\d+\.\d+\.\d+\.\d+)\b/m,
    );
    return address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#read;
  }

  #explain(): string {
    return `${this.#errors}${this.console()}`;
  }
}

async function follow(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}
