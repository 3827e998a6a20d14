/** One writer and one cache, and a server where everything goes wrong for a while. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { type KubeClient, StatusError } from "../../../lib/kube/contract.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import {
  ApiFaults,
  closeAfterCommit,
  closeBeforeCommit,
  delay,
  type Fault,
  inPieces,
  inStream,
  proxyPage,
  refuse,
  resetAfterCommit,
  resetBeforeCommit,
  silence,
  silenceAfterCommit,
} from "../apiserver/api_faults.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../apiserver/embedded_api.ts";
import { FastClock } from "../clocks/fast_clock.ts";
import { gadget, GADGET_TYPE, GADGETS } from "./gadget.ts";
import { checkChangeHistory, setUpInformer } from "./informer_setup.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { mulberry32 } from "../harness/seeded_random.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { STREAM_FAULTS } from "../apiserver/faulty_stream.ts";

/** Lines of a stream that come before its fault, at most. */
const LINES_MAX = 10;
const DELAY_MS_MAX = 40;
/** So small that some characters are split. */
const PIECE_BYTES_MAX = 7;

/** Draws a fault; `random` is uniform in [0, 1). */
function drawFault(random: () => number): Fault {
  const below = (limit: number) => Math.floor(random() * limit);
  const makers: readonly (() => Fault)[] = [
    resetBeforeCommit,
    resetAfterCommit,
    closeBeforeCommit,
    closeAfterCommit,
    silence,
    silenceAfterCommit,
    () => delay(below(DELAY_MS_MAX)),
    () => refuse(410),
    () => refuse(429, { retryAfterSeconds: 1 + below(3) }),
    () => refuse(500),
    () => refuse(503, { retryAfterSeconds: 1 }),
    () => proxyPage(),
    () => inPieces(1 + below(PIECE_BYTES_MAX)),
    // These make half of the mix: a watch has more ways to go wrong than one answer.
    ...STREAM_FAULTS.map((fault) => () => inStream(below(LINES_MAX), fault)),
    ...STREAM_FAULTS.map((fault) => () => inStream(0, fault)),
  ];
  return makers[below(makers.length)]!();
}

/** A minute and a half of silence takes 0.9 s. */
const SPEED = 100;
const WRITES = 30;
const NAMES = 6;
/** Share of the requests that meet a fault. */
const FAULT_RATE = 0.35;
/**
 * Share of the sequences with an outage: changes stay hidden until the server has forgotten them, so
 * that only a new list shows what is gone.
 */
const OUTAGE_RATE = 0.4;
/** In real time, which is a hundredth of the client's. */
const CATCH_UP_MS_MAX = 15_000;

/** Counts of what happened. */
export interface FaultTally {
  readonly faults: number;
  readonly changes: number;
}

/** A client of an embedded server. */
export function connectTo(api: EmbeddedApi, clock: FastClock, random: () => number) {
  return createKubeClient({
    server: api.server.url,
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  }, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
}

/**
 * Runs one sequence of faults. The seed decides what is written and which requests meet which fault.
 *
 * @param folder Holds the database of this sequence, and certificates that later sequences reuse.
 * @throws {AssertionError} when a write is refused without a reason, or when the cache does not end up
 * equal to the server through a consistent history.
 */
export async function runFaultSequence(seed: number, folder: string): Promise<FaultTally> {
  const random = mulberry32(seed);
  const faults = new ApiFaults();
  await using api = await startEmbeddedApi({ folder, faults });
  const clock = new FastClock(SPEED);
  const client = connectTo(api, clock, random);
  const { informer, changes, registry, stop, run } = setUpInformer(client, clock, {
    type: GADGET_TYPE,
    random,
  });
  let met = 0;
  const [drawn, decided] = [mulberry32(seed + 0x10000), mulberry32(seed + 0x20000)];
  faults.drawWith(() => {
    if (decided() >= FAULT_RATE) return undefined;
    met++;
    return drawFault(drawn);
  });
  if (decided() < OUTAGE_RATE) {
    const linesSeen = 1 + Math.floor(decided() * 2 * NAMES);
    // The first watch, which lists, meets no fault.
    faults.on("WATCH", undefined, inStream(linesSeen, "silence"), refuse(410));
  }
  const ended = run();
  try {
    await new Writer(client, random).write(WRITES);
    faults.drawWith(() => undefined);
    await waitUntil(async () => {
      // Not by the tested client, whose seconds are short.
      const { body } = await api.send("GET", GADGETS);
      const items = body["items"] as KubeObject[];
      return informer.synced && isSame(items, informer.list()) || undefined;
    }, { what: `the cache to equal the server with seed ${seed}`, limitMs: CATCH_UP_MS_MAX });
    checkChangeHistory(changes);
    equal(registry.value("reflector_missed_changes_total", { resource: RESOURCE }), 0);
    // A faulty event may have shown an object that could not be read, until it came again.
    const left = [...registry.values].filter(([name, value]) =>
      name.startsWith("informer_") && value !== 0
    );
    deepEqual(left, []);
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
  return { faults: met, changes: changes.length };
}

const RESOURCE = "gadgets.test.example.com";

function isSame(some: readonly KubeObject[], others: readonly KubeObject[]): boolean {
  const contents = (objects: readonly KubeObject[]) =>
    objects.map(({ metadata, spec }) => JSON.stringify([metadata, spec])).sort().join();
  return contents(some) === contents(others);
}

/** What a writer knows of an object: `unknown` after a write without an answer. */
type Knowledge = "there" | "absent" | "unknown";

/** The only writer of its objects, so that it can judge every refusal. */
class Writer {
  readonly #client: KubeClient;
  readonly #random: () => number;
  readonly #known = new Map<string, Knowledge>();
  /** Writes without an answer, as `name there` or `name absent`: the server may still get to them. */
  readonly #unanswered = new Set<string>();

  constructor(client: KubeClient, random: () => number) {
    this.#client = client;
    this.#random = random;
  }

  async write(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await this.#writeOne(`g-${Math.floor(this.#random() * NAMES)}`, 1 + time % 9);
    }
  }

  async #writeOne(name: string, size: number): Promise<void> {
    const known = this.#known.get(name) ?? "absent";
    const draw = this.#random();
    const at = { namespace: "default", name };
    if (known === "absent" || (known === "unknown" && draw < 0.3)) {
      const object = { ...gadget(name, { size }), metadata: at };
      await this.#try(at.name, "there", () => this.#client.create(GADGET_TYPE, object));
    } else if (draw < 0.75) {
      const patch = { spec: { size }, metadata: { annotations: { note: "Zoë 🎲" } } };
      await this.#try(name, "there", () => this.#client.mergePatch(GADGET_TYPE, at, patch));
    } else {
      await this.#try(name, "absent", () => this.#client.delete(GADGET_TYPE, at));
    }
  }

  async #try(name: string, then: Knowledge, write: () => Promise<unknown>): Promise<void> {
    const before = this.#known.get(name) ?? "absent";
    try {
      await write();
      this.#known.set(name, then);
    } catch (error) {
      if (!(error instanceof StatusError)) {
        this.#known.set(name, "unknown");
        this.#unanswered.add(`${name} ${then}`);
      } else if (["AlreadyExists", "NotFound"].includes(error.reason)) {
        const found = error.reason === "NotFound" ? "absent" : "there";
        // Each write without an answer explains one surprise, however late it was done.
        const isExplained = this.#unanswered.delete(`${name} ${found}`);
        ok(before === "unknown" || isExplained, `${name} was ${before}: ${error.message}`);
        this.#known.set(name, found);
      }
      // An injected refusal changes nothing on the server.
    }
  }
}
