/**
 * The snapshot of the pool that an agent serves: written behind the agent's back after changes, and read
 * when it starts while the API server is away. Whatever becomes of it, the agent serves on.
 */

import type { KubeObject } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { untilAborted } from "../../base/abort.ts";
import { errorOf, messageOf } from "../../base/errors.ts";
import { Turns } from "../../base/turns.ts";
import type { Logger } from "../../observe/logger.ts";
import type { KeptFile } from "../../sys/contract.ts";
import type { SnapshotMetrics } from "./snapshot_metrics.ts";
import {
  formatSnapshot,
  jsonInSteps,
  poolTextOf,
  readSnapshot,
  type Snapshot,
  type SnapshotFormat,
} from "./snapshot_text.ts";

/** Changes within this time are written together. */
const GATHER_MS = 100;
/** Between two writes: the disk is not the agent's alone. */
const PAUSE_MS = 1000;
/** After one that failed. */
const RETRY_MS = 30_000;
/** How long the end of the agent waits for what is not written yet. */
const END_MS_MAX = 2000;
/** More than the largest pool has. */
const BYTES_MAX = 8 * 1024 * 1024;

export interface PoolSnapshotOptions extends SnapshotFormat {
  readonly file: KeptFile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: SnapshotMetrics;
}

/** What the file is to hold: a version of the pool, or nothing. */
type Wanted = Snapshot | "none";

/** Keeps the file of one pool. */
export class PoolSnapshot {
  readonly #options: PoolSnapshotOptions;
  readonly #turns: Turns;
  #wanted: Wanted | undefined;
  /** What the file holds, as far as is known. */
  #kept: KubeObject | "none" | undefined;
  #wake: (() => void) | undefined;
  #hasFailed = false;

  constructor(options: PoolSnapshotOptions) {
    this.#options = options;
    this.#turns = new Turns(options.clock);
  }

  get metrics(): SnapshotMetrics {
    return this.#options.metrics;
  }

  /** This version came from the API server and is served: the file will hold it. */
  keep(object: KubeObject): void {
    this.#want({ object, takenMs: this.#options.clock.nowMs() });
  }

  /** The pool is gone: the file will go. */
  forget(): void {
    this.#want("none");
  }

  /** Reads the file. @returns `undefined` when there is none that can be used; never rejects. */
  async load(): Promise<Snapshot | undefined> {
    const { file, clock, log } = this.#options;
    try {
      const text = await file.read(BYTES_MAX);
      if (text === undefined) return undefined;
      const reader = { nowMs: clock.nowMs(), turns: this.#turns };
      return await readSnapshot(this.#options, text, reader);
    } catch (error) {
      this.refuse(messageOf(error));
      log.log("debug", "snapshot refused because of an error", { error: errorOf(error) });
      return undefined;
    }
  }

  /** Says that the snapshot cannot be used. */
  refuse(reason: string): void {
    const { log, metrics } = this.#options;
    metrics.failed("read");
    log.log("warn", "snapshot refused; the pool is awaited from the API server", { reason });
  }

  /** Keeps the file as it should be until the signal aborts, and then once more. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const late = new AbortController();
    const ended = this.#keepUp(signal).finally(() => late.abort());
    const atEnd = untilAborted(signal).then(() => clock.sleep(END_MS_MAX, late.signal));
    await Promise.race([ended, atEnd]);
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const wakeAtEnd = () => this.#wake?.();
    signal.addEventListener("abort", wakeAtEnd);
    while (this.#wanted !== undefined || !signal.aborted) {
      if (this.#wanted === undefined) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      await clock.sleep(GATHER_MS, signal);
      const wanted = this.#wanted;
      this.#wanted = undefined;
      const isDone = await this.#carryOut(wanted);
      if (!isDone && !signal.aborted) this.#wanted ??= wanted;
      await clock.sleep(isDone ? PAUSE_MS : RETRY_MS, signal);
    }
    signal.removeEventListener("abort", wakeAtEnd);
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#wake?.();
  }

  /** @returns Whether the file is as it should be. */
  async #carryOut(wanted: Wanted): Promise<boolean> {
    const { log, metrics } = this.#options;
    try {
      if (wanted === "none") await this.#remove();
      else await this.#write(wanted);
    } catch (error) {
      metrics.failed(wanted === "none" ? "remove" : "write");
      if (!this.#hasFailed) {
        const what = wanted === "none" ? "removed" : "written";
        log.log(
          "warn",
          `snapshot cannot be ${what}; the pool is served on, and it is tried again`,
          {
            reason: messageOf(error),
          },
        );
      }
      this.#hasFailed = true;
      this.#kept = undefined;
      return false;
    }
    if (this.#hasFailed) log.log("info", "snapshot is kept again");
    this.#hasFailed = false;
    return true;
  }

  async #write({ object, takenMs }: Snapshot): Promise<void> {
    if (this.#kept === object) return;
    const { file } = this.#options;
    const poolText = await this.#turns.run(jsonInSteps(object));
    const isFirst = this.#kept === undefined;
    if (!isFirst || await this.#textInFile() !== poolText) {
      await file.write(await formatSnapshot(this.#options, takenMs, poolText));
    }
    this.#kept = object;
  }

  /** The pool as an earlier run wrote it. */
  async #textInFile(): Promise<string | undefined> {
    const text = await this.#options.file.read(BYTES_MAX).catch(() => undefined);
    return text === undefined ? undefined : await poolTextOf(this.#options, text);
  }

  async #remove(): Promise<void> {
    if (this.#kept === "none") return;
    await this.#options.file.remove();
    this.#kept = "none";
  }
}
