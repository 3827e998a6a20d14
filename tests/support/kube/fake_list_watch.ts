/** Lists and watches under the control of a test, without a network. */

import { StatusError } from "../../../lib/kube/contract.ts";
import type {
  KubeClient,
  KubeList,
  ListOptions,
  WatchEvent,
  WatchOptions,
} from "../../../lib/kube/contract.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { settle } from "../clocks/fake_clock.ts";

/** The answer to the next list, or its error. */
export type ListAnswer = KubeList | Error;

/** A list without further pages. */
export function fakeList(resourceVersion: number, ...items: readonly KubeObject[]): KubeList {
  return { resourceVersion: String(resourceVersion), continue: "", items };
}

/** The part of a client that a reflector uses. */
export class FakeListWatch implements Pick<KubeClient, "list" | "watch"> {
  /** The requests in order, without `signal`. */
  readonly lists: ListOptions[] = [];
  readonly watches: FakeWatch[] = [];
  /** Whether a watch may begin with a list. If not, it is refused, as by an older server. */
  streamsLists = false;
  readonly #answers: ListAnswer[];

  /** @param answers One for each list; the last one again and again. */
  constructor(...answers: ListAnswer[]) {
    this.#answers = answers;
  }

  /** The newest watch. */
  get watching(): FakeWatch {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error("there was no watch yet");
    return watch;
  }

  /** Adds an answer for the next list without one. */
  answer(answer: ListAnswer): void {
    this.#answers.push(answer);
  }

  list(_type: unknown, { signal: _signal, ...asked }: ListOptions = {}): Promise<KubeList> {
    this.lists.push(asked);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer === undefined) return Promise.reject(new Error("the test has no answer to a list"));
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  watch(_type: unknown, options: WatchOptions): AsyncIterable<WatchEvent> {
    const watch = new FakeWatch(options);
    if (options.sendInitialEvents === true && !this.streamsLists) {
      void watch.end(new StatusError(422, "Invalid", "sendInitialEvents is forbidden"));
      return watch;
    }
    this.watches.push(watch);
    return watch;
  }
}

/** One watch: a test sends events and ends it. */
export class FakeWatch implements AsyncIterable<WatchEvent> {
  readonly options: WatchOptions;
  readonly #waiting: WatchEvent[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener("abort", () => void this.end(), { once: true });
  }

  /** Sends an event. Resolves when it was handled. */
  async send(event: WatchEvent): Promise<void> {
    this.#waiting.push(event);
    this.#wake.resolve();
    await settle();
  }

  /** Ends the watch as the server does, or with a failure. */
  async end(error?: Error): Promise<void> {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake.resolve();
    await settle();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent> {
    for (;;) {
      for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) yield event;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }
}
