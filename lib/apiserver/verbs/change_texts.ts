/**
 * What several watches make of the same change, made once. All of them are told in one turn of the event
 * loop; afterwards nothing of it is kept.
 */

import type { KubeObject } from "../../api/meta.ts";
import { parseStored } from "../store/object_store.ts";
import type { Change } from "../store/queries.ts";

/** Before and after; of a list, the last two. */
const OBJECTS_MAX = 2;

const objects = new Map<string, KubeObject>();
const lastTexts = new Map<Change, string>();

/** The stored object of a text, which other watches see as well: nobody may change it. */
export function sharedObject(text: string): KubeObject {
  const known = objects.get(text);
  if (known !== undefined) return known;
  forgetAfterTurn();
  const object = parseStored(text);
  if (objects.size === OBJECTS_MAX) objects.clear();
  objects.set(text, object);
  return object;
}

/**
 * The last state of an object that a change removed or took out of a selection. A deletion is a change
 * of its own, so the state has the revision of the deletion.
 */
export function lastTextOf(change: Change, before: string): string {
  const known = lastTexts.get(change);
  if (known !== undefined) return known;
  forgetAfterTurn();
  const object = sharedObject(before);
  const metadata = { ...object.metadata, resourceVersion: String(change.revision) };
  const text = JSON.stringify({ ...object, metadata });
  lastTexts.clear();
  lastTexts.set(change, text);
  return text;
}

function forgetAfterTurn(): void {
  if (objects.size > 0 || lastTexts.size > 0) return;
  queueMicrotask(() => {
    objects.clear();
    lastTexts.clear();
  });
}
