/** Whether a process runs, stands still or is gone. All that wakes it passes here. */

/** The life of one process. A new process of the same name has a new one. */
export class Lifeline {
  #state: "running" | "frozen" | "dead" = "running";
  readonly #waiting: (() => void)[] = [];

  get isDead(): boolean {
    return this.#state === "dead";
  }

  /** Calls back now, after the freeze, or never. */
  whenRunning(wake: () => void): void {
    if (this.#state === "running") wake();
    else if (this.#state === "frozen") this.#waiting.push(wake);
  }

  /** As SIGSTOP does, or a host without a turn for it. */
  freeze(): void {
    if (this.#state === "running") this.#state = "frozen";
  }

  thaw(): void {
    if (this.#state !== "frozen") return;
    this.#state = "running";
    for (const wake of this.#waiting.splice(0)) this.whenRunning(wake);
  }

  /** As SIGKILL does: no promise of it ever goes on. */
  kill(): void {
    this.#state = "dead";
    this.#waiting.length = 0;
  }
}
