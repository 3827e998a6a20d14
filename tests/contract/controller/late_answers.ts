/** A way to an API server on which each step may take its time, so that nothing comes in the usual order. */

import type { BodyStream, HttpRequest } from "../../../lib/http/exchange.ts";
import type { RequestHandler } from "../../../lib/kube/client/transport/in_process_transport.ts";

/** What is late, and how much. */
export interface LatenessOptions {
  readonly isLate: (request: HttpRequest) => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly msMax: number;
  /** Of how many steps. */
  readonly share: number;
}

/**
 * Requests reach the server late, and answers and events of watches their client. What one watch brings
 * stays in order.
 */
export class LateAnswers implements AsyncDisposable {
  readonly #options: LatenessOptions;
  readonly #pauses = new Set<Promise<void>>();

  constructor(options: LatenessOptions) {
    this.#options = options;
  }

  /** The late way to a server. */
  to(handle: RequestHandler): RequestHandler {
    return async (request) => {
      if (!this.#options.isLate(request)) return await handle(request);
      await this.#pause();
      const answer = await handle(request);
      if (typeof answer.body !== "string") return { ...answer, body: this.#late(answer.body) };
      await this.#pause();
      return answer;
    };
  }

  #late(stream: BodyStream): BodyStream {
    return {
      read: async () => {
        const piece = await stream.read();
        await this.#pause();
        return piece;
      },
      cancel: () => stream.cancel(),
    };
  }

  async #pause(): Promise<void> {
    const { random, share, msMax } = this.#options;
    if (random() >= share) return;
    const pause = new Promise<void>((resolve) => setTimeout(resolve, random() * msMax));
    this.#pauses.add(pause);
    await pause;
    this.#pauses.delete(pause);
  }

  /** Waits for what is still on its way. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#pauses.size > 0) await Promise.all(this.#pauses);
  }
}
