import assert from "node:assert/strict";
import { EVENT_STORAGE } from "../kinds/builtin_resources.ts";
import { openDatabase } from "../store/database.ts";
import { ObjectStore } from "../store/object_store.ts";
import { EventExpiry } from "./event_expiry.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Events of a host whose clock a test sets. */
class Host implements Disposable {
  readonly #folder = Deno.makeTempDirSync();
  readonly #store: ObjectStore;
  #expiry: EventExpiry;
  #monotonicMs = 0;
  #offsetMs = Date.parse("2026-01-01T00:00:00Z");

  constructor() {
    this.#store = new ObjectStore(
      openDatabase(`${this.#folder}/state.db`, 0),
      this.#nowMs,
      () => {},
    );
    this.#expiry = this.#begin();
  }

  readonly #nowMs = () => this.#offsetMs + this.#monotonicMs;

  #begin(): EventExpiry {
    return new EventExpiry({ store: this.#store, nowMs: this.#nowMs }, () => this.#monotonicMs);
  }

  restart(): void {
    this.#expiry = this.#begin();
  }

  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  write(name: string): void {
    const key = { storage: EVENT_STORAGE, namespace: "n", name };
    const object = { apiVersion: "v1", kind: "Event", metadata: { name, uid: name } };
    this.#store.transaction(() => void this.#store.put(key, object, undefined));
  }

  /** Lets time pass with the regular looks. @returns Names of the events that are left. */
  pass(minutes: number): string[] {
    this.#expiry.prune();
    for (let passed = 0; passed < minutes; passed += 5) {
      this.#monotonicMs += 5 * MINUTE_MS;
      this.#expiry.prune();
    }
    return this.#store.list({ storage: EVENT_STORAGE }).map((json) =>
      JSON.parse(json).metadata.name
    );
  }

  [Symbol.dispose](): void {
    this.#store.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

Deno.test("EventExpiry removes what was not written for an hour, and nothing else", () => {
  using host = new Host();
  host.write("a");
  host.pass(30);
  host.write("b");
  assert.deepEqual(host.pass(30), ["a", "b"]);
  assert.deepEqual(host.pass(5), ["b"]);
  assert.deepEqual(host.pass(30), []);
});

for (const days of [-60, -1, 1, 20 * 365]) {
  Deno.test(`EventExpiry keeps events for an hour after a jump of ${days} days, and no longer`, () => {
    using host = new Host();
    host.write("a");
    host.pass(30);
    host.jump(days * DAY_MS);
    host.write("b");
    assert.deepEqual(host.pass(60), ["a", "b"]);
    assert.deepEqual(host.pass(10), []);
  });
}

Deno.test("EventExpiry removes events of a run whose clock was ahead, an hour after the next start", () => {
  using host = new Host();
  host.jump(365 * DAY_MS);
  host.write("a");
  host.jump(-365 * DAY_MS);
  host.restart();
  assert.deepEqual(host.pass(60), ["a"]);
  assert.deepEqual(host.pass(5), []);
});
