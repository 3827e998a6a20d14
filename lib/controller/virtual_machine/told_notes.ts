/** Notes on what stays as it is until somebody changes it: told once, and again before they are forgotten. */

import type { Clock } from "../../base/clock.ts";
import type { Note } from "../../api/event_note.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { EventRecorder } from "../../kube/contract.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";

/** API servers keep Events for an hour. */
const AGAIN_MS = 30 * 60_000;

/** Remembers what was told about each object. */
export class ToldNotes {
  readonly #clock: Clock;
  /** By key of the object, when each note was told last. */
  readonly #told = new Map<string, ReadonlyMap<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Tells what was not told of late.
   *
   * @param notes All that there is to say about the object.
   * @returns When to come back.
   */
  tell(
    key: string,
    object: KubeObject | undefined,
    notes: readonly Note[],
    recorder: EventRecorder,
  ): ReconcileResult {
    if (object === undefined || notes.length === 0) {
      this.#told.delete(key);
      return {};
    }
    const { apiVersion, kind, metadata } = object;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#told.get(key);
    const told = new Map<string, number>();
    for (const note of notes) {
      const text = `${note.reason} ${note.note}`;
      const sinceMs = before?.get(text);
      const isDue = sinceMs === undefined || nowMs - sinceMs >= AGAIN_MS;
      if (isDue) recorder.record({ regarding: { apiVersion, kind, metadata }, ...note });
      told.set(text, isDue ? nowMs : sinceMs);
    }
    this.#told.set(key, told);
    return { requeueAfterMs: AGAIN_MS };
  }
}
