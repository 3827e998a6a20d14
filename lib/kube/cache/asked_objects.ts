/**
 * Takes from an API server what was asked for and nothing else. One that ignores a selector, or that
 * wants to be heard about other objects, costs a counter and now and then a log line.
 */

import type { Clock } from "../../base/clock.ts";
import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";
import { apiVersionOf } from "../../api/resources.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter, MetricRegistry } from "../../observe/metrics.ts";
import type { KubeClient, KubeList, ListOptions, WatchEvent, WatchOptions } from "../contract.ts";
import type { Selection } from "./lister.ts";

/** What is asked for, and what is needed from outside. */
export interface AskedObjectsOptions extends Selection {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  /** Value of the label `resource`. */
  readonly resource: string;
}

/** A line every ten minutes. */
const LINES: RateLimit = { perSecond: 1 / 600, burst: 1 };

/** The part of a client that caches use, which gives the objects of one selection only. */
export class AskedObjects implements Pick<KubeClient, "list" | "watch"> {
  readonly #options: AskedObjectsOptions;
  readonly #name: string | undefined;
  readonly #label: readonly [string, string] | undefined;
  readonly #unasked: Counter;
  readonly #lines: TokenBucket;

  constructor(options: AskedObjectsOptions) {
    const { registry, resource, clock, fieldSelector, labelSelector } = options;
    this.#options = options;
    this.#name = /^metadata\.name=(.+)$/.exec(fieldSelector ?? "")?.[1];
    const [, label, value] = /^([^=!,() ]+)=([^=!,() ]+)$/.exec(labelSelector ?? "") ?? [];
    if (label !== undefined && value !== undefined) this.#label = [label, value];
    this.#unasked = registry.counter({
      name: "reflector_unasked_objects_total",
      help: "Objects that the API server sent though they were not asked for, or without a name.",
      labelNames: ["resource"],
    });
    this.#unasked.inc({ resource }, 0);
    this.#lines = new TokenBucket(LINES, clock.monotonicMs());
  }

  async list(type: Selection["type"], options?: ListOptions): Promise<KubeList> {
    const list = await this.#options.client.list(type, options);
    const items = list.items.filter((object) => this.#isAskedFor(object));
    const { nameless = 0 } = list;
    if (nameless > 0) this.#note("one without a name", nameless);
    return { ...list, items };
  }

  async *watch(type: Selection["type"], options: WatchOptions): AsyncGenerator<WatchEvent> {
    for await (const event of this.#options.client.watch(type, options)) {
      if (event.type === "NAMELESS") this.#note("one without a name");
      // One that lost its label goes with what it was, or with what it is.
      const isLast = event.type === "DELETED";
      if (!("object" in event) || this.#isAskedFor(event.object, isLast)) yield event;
    }
  }

  #isAskedFor(object: KubeObject, isLast = false): boolean {
    const { type, namespace } = this.#options;
    const { metadata } = object;
    const isAskedFor = object.kind === type.kind && object.apiVersion === apiVersionOf(type) &&
      (namespace === undefined || metadata.namespace === namespace) &&
      (this.#name === undefined || metadata.name === this.#name) &&
      (isLast || this.#label === undefined || metadata.labels?.[this.#label[0]] === this.#label[1]);
    if (!isAskedFor) this.#note(`${object.kind} ${keyOf(object)}`.slice(0, 600));
    return isAskedFor;
  }

  #note(example: string, count = 1): void {
    const { log, clock, resource } = this.#options;
    this.#unasked.inc({ resource }, count);
    if (!this.#lines.take(clock.monotonicMs())) return;
    log.log("warn", "the API server sent objects that were not asked for; they are left out", {
      example,
    });
  }
}
