/** Recognizes the repetitions of an Event, so that they are counted instead of sent. */

import type { Clock } from "../../base/clock.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { EventNote } from "../contract.ts";

/** After so long without a repetition a series is over; the next one is a new Event (client-go). */
const SERIES_MS = 6 * 60_000;

/** Series that are remembered; the oldest are forgotten first. */
const SERIES_MAX = 10_000;

/** Different sentences about one object for one reason; further ones are counted together. */
const NOTES_MAX = 10;

/** Before the sentence that stands for those beyond {@link NOTES_MAX}. client-go's words. */
const COMBINED = "(combined from similar events): ";

/** One Event and its repetitions. */
export interface EventSeries {
  readonly event: EventNote;
  /** When it was recorded first and last, for people: milliseconds since the epoch. */
  readonly sinceEpochMs: number;
  lastEpochMs: number;
  /** The same for the length of pauses: by a clock that nobody can set. */
  readonly sinceMs: number;
  lastMs: number;
  /** How often it was recorded. */
  count: number;
  /** How often when the server was told last, successfully or not. */
  sentCount: number;
  /** When that was, or when it had to be left out last. */
  sentMs: number;
  /** The object on the server; `undefined` before it is there. */
  object: KubeObject | undefined;
  /** Whether it is on its way. */
  isQueued: boolean;
}

/** The series of a recorder, the one that was repeated last at the end. */
export class EventSeriesMemory {
  readonly #clock: Clock;
  readonly #series = new Map<string, EventSeries>();
  /** By object and reason, how many series there are. */
  readonly #notes = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an event. @returns Its series; `count` is 1 when it is new. */
  count(event: EventNote): EventSeries {
    this.#forgetOld();
    const known = this.#series.get(keyOfNote(event));
    if (known !== undefined) return this.#repeat(keyOfNote(event), known);
    if ((this.#notes.get(keyOfReason(event)) ?? 0) < NOTES_MAX) {
      return this.#begin(keyOfNote(event), event);
    }
    const key = keyOfReason(event);
    const combined = this.#series.get(key);
    if (combined !== undefined && !this.#isOver(combined)) return this.#repeat(key, combined);
    if (combined !== undefined) this.#forget(key, combined);
    return this.#begin(key, { ...event, note: `${COMBINED}${event.note}` });
  }

  /** Those that the server does not know of in full, and that are not on their way. */
  unsent(): readonly EventSeries[] {
    return [...this.#series.values()].filter((each) =>
      each.count > each.sentCount && !each.isQueued
    );
  }

  #begin(key: string, event: EventNote): EventSeries {
    const [nowMs, epochMs] = [this.#clock.monotonicMs(), this.#clock.nowMs()];
    const epoch = { sinceEpochMs: epochMs, lastEpochMs: epochMs };
    const times = { ...epoch, sinceMs: nowMs, lastMs: nowMs, sentMs: nowMs };
    const series = { event, ...times, count: 1, sentCount: 0, object: undefined, isQueued: false };
    this.#series.set(key, series);
    const reason = keyOfReason(event);
    this.#notes.set(reason, (this.#notes.get(reason) ?? 0) + 1);
    return series;
  }

  #repeat(key: string, series: EventSeries): EventSeries {
    series.count++;
    series.lastMs = this.#clock.monotonicMs();
    series.lastEpochMs = this.#clock.nowMs();
    this.#series.delete(key);
    this.#series.set(key, series);
    return series;
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, series] of this.#series) {
      if (nowMs - series.lastMs < SERIES_MS && this.#series.size < SERIES_MAX) return;
      this.#forget(key, series);
    }
  }

  /**
   * Combined events that went on for ever would show one sentence for ever. A later one has its turn
   * once the server knows of all that were counted.
   */
  #isOver({ sinceMs, count, sentCount }: EventSeries): boolean {
    return this.#clock.monotonicMs() - sinceMs >= SERIES_MS && count === sentCount;
  }

  #forget(key: string, { event }: EventSeries): void {
    this.#series.delete(key);
    const reason = keyOfReason(event);
    const left = (this.#notes.get(reason) ?? 1) - 1;
    if (left === 0) this.#notes.delete(reason);
    else this.#notes.set(reason, left);
  }
}

function keyOfNote(event: EventNote): string {
  return JSON.stringify([keyOfReason(event), event.note]);
}

function keyOfReason({ regarding, type, reason }: EventNote): string {
  return JSON.stringify([regarding.kind, keyOf(regarding), regarding.metadata.uid, type, reason]);
}
