/** The cache of a kind that a cluster may not have, or that this program may not be allowed to read. */

import { untilAborted } from "../../base/abort.ts";
import { type BackoffSettings, ExponentialBackoff } from "../../base/backoff.ts";
import { errorOf } from "../../base/errors.ts";
import {
  type ChangeHandler,
  type Informer,
  isStatus,
  type StatusError,
  type WrittenObject,
} from "../contract.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Gauge } from "../../observe/metrics.ts";
import type { ReflectorOptions } from "./reflector.ts";

/**
 * A server that is starting or overloaded is asked again soon. An administrator who installs the kind, or
 * allows to read it, waits for the longest of these at most.
 */
const RETRY: BackoffSettings = { initialMs: 1000, msMax: 30_000 };

/** What it needs besides the informer. */
export interface OptionalInformerOptions extends Omit<ReflectorOptions, "target"> {
  /** Whether nothing is asked of the server before the first question about an object. */
  readonly isOnDemand: boolean;
}

/** An informer that begins when the server lets it. Until then it is not synced, and empty. */
export class OptionalInformer<T> implements Informer<T> {
  readonly #informer: Informer<T>;
  readonly #options: OptionalInformerOptions;
  readonly #log: Logger;
  readonly #available: Gauge;
  readonly #asked = new AbortController();
  readonly #refused = Promise.withResolvers<void>();
  /** The status that was logged last; 0 for a failure without a status. */
  #logged: number | undefined;
  #refusal: StatusError | undefined;

  /** @param create Makes the informer, which calls back after each list like a reflector. */
  constructor(
    create: (onList: (error?: unknown) => void) => Informer<T>,
    options: OptionalInformerOptions,
  ) {
    const { type, log, registry } = options;
    this.#informer = create((error) => this.#noteList(error));
    this.#options = options;
    this.#log = log.with({ kind: type.kind });
    this.#available = registry.gauge({
      name: "informer_kind_available",
      help:
        "Whether a kind that is not needed is followed: the API server has it, and lets it be read.",
      labelNames: ["kind"],
    });
    this.#available.set(0, { kind: type.kind });
    if (!options.isOnDemand) this.#asked.abort();
  }

  get synced(): boolean {
    return this.#informer.synced;
  }

  get refusal(): StatusError | undefined {
    return this.#refusal;
  }

  get(key: string): T | undefined {
    this.#noteAsked();
    return this.#informer.get(key);
  }

  list(): readonly T[] {
    this.#noteAsked();
    return this.#informer.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    this.#noteAsked();
    return this.#informer.byIndex(index, value);
  }

  onChange(handler: ChangeHandler<T>): void {
    this.#informer.onChange(handler);
  }

  whenSynced(): Promise<void> {
    return this.#informer.whenSynced();
  }

  whenAnswered(): Promise<void> {
    return Promise.race([this.whenSynced(), this.#refused.promise]);
  }

  expect(key: string, written: Promise<WrittenObject<T> | undefined>): void {
    this.#informer.expect(key, written);
  }

  async run(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#asked.signal, signal);
    const { clock, random } = this.#options;
    const backoff = new ExponentialBackoff(RETRY, clock, random);
    while (!signal.aborted && !await this.#isServed(signal)) {
      await clock.sleep(backoff.next(), signal);
    }
    // With an aborted signal it says so to those that wait for it.
    await this.#informer.run(signal);
  }

  /** Each abort makes an error with a stack, also of what is aborted already. */
  #noteAsked(): void {
    if (!this.#asked.signal.aborted) this.#asked.abort();
  }

  /** The kind may be uninstalled, or the right to read it taken, while it is followed. */
  #noteList(error: unknown): void {
    const { kind } = this.#options.type;
    if (error === undefined) this.#available.set(1, { kind });
    else if (isStatus(error, 403, 404)) this.#available.set(0, { kind });
  }

  async #isServed(signal: AbortSignal): Promise<boolean> {
    const { client, type, namespace } = this.#options;
    const { kind } = type;
    try {
      const where = namespace === undefined ? {} : { namespace };
      await client.list(type, { ...where, limit: 1, signal });
    } catch (error) {
      this.#noteRefusal(error, signal);
      return false;
    }
    this.#available.set(1, { kind });
    this.#refusal = undefined;
    if (this.#logged !== undefined) this.#log.log("info", "kind can be read from now on");
    return true;
  }

  #noteRefusal(error: unknown, signal: AbortSignal): void {
    const refusal = isStatus(error, 403, 404) ? error : undefined;
    const code = refusal?.code ?? 0;
    if (!signal.aborted && refusal !== undefined) {
      this.#refusal = refusal;
      this.#refused.resolve();
    }
    if (signal.aborted || this.#logged === code) return;
    this.#logged = code;
    const msg = code === 404
      ? "kind is not installed, the program works on without it"
      : code === 403
      ? "kind may not be listed, the program works on without it"
      : "kind cannot be read yet, the program works on without it";
    this.#log.log(code === 404 ? "info" : "warn", msg, { error: errorOf(error) });
  }
}
