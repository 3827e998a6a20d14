/** `vm-dhcp controller` as a process that is measured from outside. */

import { CpuMeter } from "./cpu_meter.ts";
import { freePort } from "../../support/network/free_port.ts";
import { TestProcess } from "../../support/process/test_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** More CPU than this in a period, in milliseconds, is work: an idle controller needs less. */
const WORK_MS = 4;
const PERIOD_MS = 50;
/** The longest pause that the controller itself makes between two writes is 2 s. */
const QUIET_MS = 2_500;
const READY_MS_MAX = 120_000;
const SETTLE_MS_MAX = 600_000;

/** A running controller; disposing kills it. */
export class MeasuredController implements AsyncDisposable {
  readonly cpu: CpuMeter;
  readonly #process: TestProcess;
  readonly #http: string;
  readonly #startMs = performance.now();

  private constructor(process: TestProcess, http: string) {
    this.#process = process;
    this.#http = http;
    this.cpu = new CpuMeter(process.pid);
  }

  /**
   * Starts a controller; it is not ready yet.
   *
   * @param command The program, and what precedes its own arguments.
   * @param args More arguments.
   */
  static start(
    command: readonly string[],
    kubeconfig: string,
    args: readonly string[],
  ): MeasuredController {
    const [path, ...before] = command;
    const http = `127.0.0.1:${freePort()}`;
    const own = ["controller", "--kubeconfig", kubeconfig, "--http", http, ...args];
    return new MeasuredController(
      TestProcess.start({ path: path!, args: [...before, ...own] }),
      http,
    );
  }

  /** @returns Milliseconds from its start until `/readyz` said that it is ready. */
  async ready(): Promise<number> {
    await waitUntil(async () => {
      this.#process.checkRunning();
      try {
        const response = await fetch(`http://${this.#http}/readyz`);
        await response.body?.cancel();
        return response.ok || undefined;
      } catch {
        return undefined; // It does not listen yet.
      }
    }, {
      what: "the controller to be ready",
      limitMs: READY_MS_MAX,
      explain: () => this.#process.tail(),
    });
    return performance.now() - this.#startMs;
  }

  /** Waits until it has nothing to do. @returns Milliseconds from its start until it last worked. */
  async settled(): Promise<number> {
    let workedMs = performance.now();
    for (const limitMs = workedMs + SETTLE_MS_MAX; performance.now() - workedMs < QUIET_MS;) {
      this.#process.checkRunning();
      const before = await this.cpu.read();
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
      if (await this.cpu.read() - before > WORK_MS) workedMs = performance.now();
      if (workedMs > limitMs) throw new Error(`the controller works on\n${this.#process.tail()}`);
    }
    return workedMs - this.#startMs;
  }

  /** Text of `/metrics`. */
  async metrics(): Promise<string> {
    return await (await fetch(`http://${this.#http}/metrics`)).text();
  }

  /** The most memory that was ever resident, in megabytes. */
  async peakMb(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#process.pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000;
  }

  /** Its last output, for error messages. */
  tail(): string {
    return this.#process.tail();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
