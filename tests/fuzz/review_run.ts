/** A run of spoiled reviews against the webhook, without its socket. */

import { rulesIn } from "../../cmd/compose/webhook/cluster_rules.ts";
import type { AdmissionWorld } from "../../lib/admission/contract.ts";
import { parseJson } from "../../lib/base/json.ts";
import type { HttpResponse } from "../../lib/http/exchange.ts";
import { createLineLogger } from "../../lib/sys/host/line_logger.ts";
import { createWebhookHandler, PATHS } from "../../lib/webhook/webhook_handler.ts";
import { WebhookMetrics } from "../../lib/webhook/webhook_metrics.ts";
import { cpuMs } from "../support/clocks/cpu_time.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { SeededRandom } from "./random.ts";
import { anyReview, largestReview, worldsFor } from "./review_samples.ts";

/** A review that takes more than this is asked again: the collector may have worked meanwhile. */
const SLOW_MS = 5;
const AGAIN = 3;
const PEER_RUNS = 10;

/** A review that broke a rule. */
export interface ReviewFailure {
  readonly index: number;
  readonly violation: string;
  readonly text: string;
}

/** What a run came to. */
export interface ReviewResult {
  /** Reviews by what became of them, and by the rules that spoke. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failure: ReviewFailure | undefined;
  /** What the slowest review took; milliseconds of the processor. */
  readonly longestMs: number;
  /** What it takes to read and write the largest review, and nothing else. */
  readonly peerMs: number;
}

/** Asks until a review is not answered as it should be. */
export async function runReviews({ seed, reviews, onProgress }: {
  readonly seed: number;
  readonly reviews: number;
  /** Called after each review. */
  readonly onProgress?: (done: number) => void;
}): Promise<ReviewResult> {
  const random = new SeededRandom(seed);
  const outcomes = new Map<string, number>();
  const webhooks = worldsFor(random).map((world) => new Webhook(world, outcomes));
  let longestMs = 0;
  let failure: ReviewFailure | undefined;
  for (let index = 0; index < reviews && failure === undefined; index++) {
    const text = anyReview(random);
    const path = random.oneIn(4) ? PATHS.mutation : PATHS.validation;
    const webhook = random.pick(webhooks);
    let ms = await webhook.time(path, text);
    for (let i = 0; i < AGAIN && ms > SLOW_MS; i++) {
      ms = Math.min(ms, await webhook.time(path, text));
    }
    longestMs = Math.max(longestMs, ms);
    const violation = webhook.violation();
    if (violation !== undefined) failure = { index, violation, text };
    onProgress?.(index + 1);
  }
  return { outcomes, failure, longestMs, peerMs: peerMs() };
}

function peerMs(): number {
  const text = largestReview();
  const times = Array.from({ length: PEER_RUNS }, () => {
    const startMs = cpuMs();
    JSON.stringify(JSON.parse(text));
    return cpuMs() - startMs;
  });
  return Math.min(...times);
}

/** The handler of the webhook in one world. */
class Webhook {
  readonly #registry = new RecordingRegistry();
  readonly #handle;
  readonly #outcomes: Map<string, number>;
  #last: HttpResponse | undefined;

  constructor(world: AdmissionWorld, outcomes: Map<string, number>) {
    this.#outcomes = outcomes;
    this.#handle = createWebhookHandler({
      rules: rulesIn(world, { trustedUsers: [], changed: () => Promise.resolve(false) }),
      metrics: new WebhookMetrics(this.#registry),
      log: createLineLogger({ format: "json", level: "info", nowMs: () => 0, writeLine: () => {} }),
      clock: { monotonicMs: () => 0, sleep: () => Promise.resolve() },
      unready: () => undefined,
    });
  }

  /** @returns How many milliseconds of the processor the answer took. */
  async time(path: string, text: string): Promise<number> {
    const body = new TextEncoder().encode(text);
    const startMs = cpuMs();
    this.#last = await this.#handle({
      method: "POST",
      path,
      query: new URLSearchParams(),
      headers: { "content-type": "application/json" },
      fromLoopback: false,
      readBody: () => Promise.resolve(body),
    });
    return cpuMs() - startMs;
  }

  /** What is wrong with the last answer. */
  violation(): string | undefined {
    const { status, body } = this.#last!;
    if (this.#registry.value("vmdhcp_webhook_failures_total") > 0) return "it was not judged";
    if (typeof body !== "string" || body === "") return "there is no answer";
    this.#count(String(status));
    if (status === 400) return undefined;
    if (status !== 200) return `the status is ${status}`;
    const { response } = parseJson(body) as { readonly response: Record<string, unknown> };
    const { allowed, status: refusal } = response;
    this.#count(allowed === true ? "allowed" : "denied");
    if (typeof allowed !== "boolean") return "it neither allows nor denies";
    return allowed === (refusal === undefined) ? undefined : "a denial needs a reason";
  }

  #count(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }
}
