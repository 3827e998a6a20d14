/** A small API server for ConfigMaps that fails in every way that a fault is drawn for. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { configMap, configMapList, statusBody } from "./kube_samples.ts";
import type { Exchange } from "./scripted_exchange.ts";

/** What happens to a request instead of, or in the middle of, its answer. */
export const FAULTS = [
  "reset",
  "close",
  "silence",
  "expired",
  "expiredEvent",
  "busy",
  "error",
  "garbage",
  "truncated",
  "splitBytes",
] as const;

export type Fault = typeof FAULTS[number];

interface Change {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** Serves lists and watches of what {@link put} and {@link remove} made. */
export class FlakyApi {
  readonly objects = new Map<string, KubeObject>();
  readonly #changes: Change[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #nextFault: () => Fault | undefined;
  #version = 1;
  /** Watches from before this version are refused. */
  #compacted = 0;

  /** @param nextFault What happens to the next request; `undefined` for nothing. */
  constructor(nextFault: () => Fault | undefined) {
    this.#nextFault = nextFault;
  }

  put(name: string): void {
    const type = this.objects.has(name) ? "MODIFIED" : "ADDED";
    const object = configMap(name, ++this.#version, `Zoë ${this.#version}`);
    this.objects.set(name, object);
    this.#record({ version: this.#version, type, object });
  }

  remove(name: string): void {
    if (!this.objects.delete(name)) return;
    const object = configMap(name, ++this.#version);
    this.#record({ version: this.#version, type: "DELETED", object });
  }

  /** Forgets the history, as etcd does every few minutes. */
  compact(): void {
    this.#compacted = this.#version;
  }

  /** The script of a scripted server. */
  async serve(exchange: Exchange): Promise<void> {
    if (exchange.query.has("sendInitialEvents")) {
      return await exchange.respond(422, statusBody(422, "Invalid"));
    }
    const fault = this.#nextFault();
    if (fault === "reset") return exchange.reset();
    if (fault === "close") return exchange.close();
    if (fault === "silence") return await exchange.clientGone();
    if (fault === "error") return await exchange.respond(500, statusBody(500, "InternalError"));
    if (fault === "busy") {
      const headers = { "retry-after": "1" };
      return await exchange.respond(429, statusBody(429, "TooManyRequests"), headers);
    }
    if (exchange.query.get("watch") !== "true") {
      return await exchange.respond(200, configMapList([...this.objects.values()], this.#version));
    }
    const from = Number(exchange.query.get("resourceVersion"));
    if (fault === "expired" || from < this.#compacted) {
      return await exchange.respond(410, statusBody(410, "Expired"));
    }
    await exchange.startStream();
    await this.#watch(exchange, from, fault);
  }

  async #watch(exchange: Exchange, from: number, fault: Fault | undefined): Promise<void> {
    let gone = false;
    const left = exchange.clientGone().then(() => gone = true);
    let seen = from;
    while (!gone) {
      for (const change of this.#changes.filter(({ version }) => version > seen)) {
        seen = change.version;
        if (fault === "splitBytes") await writeInPieces(exchange, change);
        else await exchange.event(change.type, change.object);
      }
      if (fault === "garbage") await exchange.write("<html>\n");
      if (fault === "truncated") return exchange.close();
      if (fault === "expiredEvent") await exchange.event("ERROR", statusBody(410, "Expired"));
      await Promise.race([left, this.#changed()]);
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#listeners.add(resolve));
  }

  #record(change: Change): void {
    this.#changes.push(change);
    for (const resolve of this.#listeners) resolve();
    this.#listeners.clear();
  }
}

async function writeInPieces(exchange: Exchange, { type, object }: Change): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`);
  for (let at = 0; at < bytes.length; at += 7) await exchange.write(bytes.subarray(at, at + 7));
}
