/**
 * What a process does beside its work. Each part is tried until it works: none of them can end the
 * process, and none has to wait for another.
 */

import { errorOf } from "../../lib/base/errors.ts";
import { ExponentialBackoff } from "../../lib/base/backoff.ts";
import type { MetricSpec } from "../../lib/observe/metrics.ts";
import type { ProcessParts } from "./process_parts.ts";

/** From a taken port that is freed soon to a full disk that somebody has to be woken for. */
const BACKOFF = { initialMs: 500, msMax: 30_000 } as const;

/** Of one sentence in `/readyz` and in the log, in characters: a manifest can be wrong everywhere. */
const SENTENCE_CHARS_MAX = 2000;

export const PART_READY: MetricSpec = {
  name: "vmdhcp_part_ready",
  help: "1 while this part of the process works, 0 while it is tried again. DHCP does not depend " +
    "on any of them.",
  labelNames: ["part"],
};

/** A part, and how to bring it about. */
export interface PartOptions {
  /** Value of the label `part`, such as `kubeconfig`. */
  readonly name: string;
  /** What is missing without it, such as "kubectl finds no kubeconfig"; before the reason. */
  readonly lack?: string;
  /** Brings it about. When it throws, it is called again later. */
  attempt(signal: AbortSignal): Promise<void>;
  /** Why it does not work although it was brought about; `undefined` when it does. */
  unready?: () => string | undefined;
}

/** A part that is being brought about. */
export interface Part {
  /** Why it does not work; `undefined` when it does, or before the first attempt. */
  readonly problem: string | undefined;
  /** Resolves after the first attempt, however that went. */
  readonly attempted: Promise<void>;
  /** Brings it about once more. Calls during an attempt lead to one more attempt, however many. */
  again(): void;
}

/** The parts of one process. */
export class OptionalParts {
  readonly #parts: ProcessParts;
  readonly #signal: AbortSignal;
  readonly #problems = new Map<string, () => string | undefined>();
  readonly #running: Promise<void>[] = [];

  /** @param signal Ends all attempts. */
  constructor(parts: ProcessParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    const ready = parts.registry.gauge(PART_READY);
    parts.registry.beforeRead(() => {
      for (const [part, problem] of this.#problems) {
        ready.set(problem() === undefined ? 1 : 0, { part });
      }
    });
  }

  /** Tells of a part that looks after itself. */
  observe(name: string, part: { unready(): string | undefined }): void {
    this.#problems.set(name, () => part.unready());
  }

  /** Begins to bring a part about. */
  start(options: PartOptions): Part {
    const part = new RetriedPart(options, this.#parts);
    this.#problems.set(options.name, () => part.problem);
    this.#running.push(part.run(this.#signal));
    return part;
  }

  /** Sentences that say which parts do not work and why; empty when all do. */
  unready(): readonly string[] {
    return [...this.#problems.values()].flatMap((problem) => problem() ?? []);
  }

  /** Each part, with the reason why it does not work if it does not. */
  checks(): readonly { readonly name: string; readonly problem: string | undefined }[] {
    return [...this.#problems].map(([name, problem]) => ({ name, problem: problem() }));
  }

  /** Resolves when the attempts have ended, after the signal has aborted. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}

class RetriedPart implements Part {
  readonly #options: PartOptions;
  readonly #parts: ProcessParts;
  readonly #backoff: ExponentialBackoff;
  readonly #attempted = Promise.withResolvers<void>();
  #problem: string | undefined;
  #isAttempted = false;
  #isWanted = true;
  #wake = () => {};

  constructor(options: PartOptions, parts: ProcessParts) {
    this.#options = options;
    this.#parts = parts;
    this.#backoff = new ExponentialBackoff(BACKOFF, parts.clock, parts.random);
  }

  get problem(): string | undefined {
    const { name, unready } = this.#options;
    if (!this.#isAttempted) return `${name}: the first attempt is under way`;
    return this.#problem ?? unready?.();
  }

  get attempted(): Promise<void> {
    return this.#attempted.promise;
  }

  again(): void {
    this.#isWanted = true;
    this.#backoff.reset();
    this.#wake();
  }

  /** Makes attempts until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWanted = false;
      await this.#attempt(signal);
      this.#isAttempted = true;
      this.#attempted.resolve();
      if (!this.#isWanted && !signal.aborted) await this.#wait(signal);
    }
    this.#attempted.resolve();
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { attempt, name } = this.#options;
    try {
      await attempt(signal);
      if (signal.aborted) return;
      if (this.#problem !== undefined) {
        this.#parts.log.log("info", "part works again", { part: name });
      }
      this.#problem = undefined;
      this.#backoff.reset();
    } catch (thrown) {
      if (!signal.aborted) this.#report(errorOf(thrown));
    }
  }

  /** Says each reason once, because the attempts may go on for days. */
  #report(error: Error): void {
    const { name, lack } = this.#options;
    const problem = sentenceOf(lack === undefined ? error.message : `${lack}: ${error.message}`);
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#parts.log.log("error", "part does not work, trying again", {
      part: name,
      error: problem,
    });
  }

  /** Until the next attempt is due, or is asked for. */
  async #wait(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    this.#wake = () => waiting.abort();
    // Not `AbortSignal.any`: nothing but its own listener would hold what that returns, and the runtime
    // collects it nevertheless.
    signal.addEventListener("abort", this.#wake, { once: true });
    if (this.#problem === undefined) await aborted(waiting.signal);
    else await this.#parts.clock.sleep(this.#backoff.next(), waiting.signal);
    signal.removeEventListener("abort", this.#wake);
    this.#wake = () => {};
  }
}

function sentenceOf(text: string): string {
  if (text.length <= SENTENCE_CHARS_MAX) return text;
  return `${text.slice(0, SENTENCE_CHARS_MAX)} ... (${text.length} characters)`;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
