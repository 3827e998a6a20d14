/** Turns changes of the store into the lines of one watch. */

import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resources.ts";
import type { Change } from "../store/queries.ts";
import { lastTextOf, sharedObject } from "./change_texts.ts";
import type { OutputForm } from "../request/request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import {
  type Selection,
  selectsByKeyOnly,
  selectsKey,
  selectsObject,
} from "../request/selection.ts";
import { metadataOf, type TableOptions, watchTableOf } from "../kinds/table.ts";

/** What one watch wants to see. */
export interface WatchView {
  readonly resource: Resource;
  readonly selection: Selection;
  readonly form: OutputForm;
  readonly tableOptions: () => TableOptions;
}

type EventType = "ADDED" | "MODIFIED" | "DELETED";

/** Formats the events of one watch; it remembers whether a table's columns were sent. */
export class WatchEventFormatter {
  readonly #view: WatchView;
  #isFirst = true;

  constructor(view: WatchView) {
    this.#view = view;
  }

  /**
   * The line for a change.
   *
   * A change that brings an object into the selection is `ADDED` for this watch, and one that takes
   * it out is `DELETED`.
   *
   * @returns `undefined` when the change is outside of the selection.
   */
  lineOf(change: Change): string | undefined {
    const { before, after } = change;
    if (!selectsKey(this.#view.selection, change)) return undefined;
    const wasSelected = before !== undefined && this.#selects(before);
    const isSelected = after !== undefined && this.#selects(after);
    if (isSelected) return this.line(wasSelected ? "MODIFIED" : "ADDED", after);
    return wasSelected ? this.line("DELETED", lastTextOf(change, before)) : undefined;
  }

  /** What the line of a change shares with lines of other watches: the stored text, or nothing. */
  originOf(change: Change): object {
    return this.#sharesText ? change : {};
  }

  /** The line for an object, given as its stored JSON. */
  line(type: EventType, text: string): string {
    if (this.#sharesText) {
      return `{"type":"${type}","object":${text}}\n`;
    }
    return `${JSON.stringify({ type, object: this.#shape(this.#served(text)) })}\n`;
  }

  /** A line that says that the watch has seen everything up to a revision. */
  bookmark(revision: number, endsInitialEvents: boolean): string {
    const { type } = this.#view.resource;
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = {
      resourceVersion: String(revision),
      ...(endsInitialEvents ? { annotations } : {}),
      // It is of no object, so that it has no name.
    } as unknown as KubeObject["metadata"];
    const object = this.#shape({ apiVersion: apiVersionOf(type), kind: type.kind, metadata });
    return `${JSON.stringify({ type: "BOOKMARK", object })}\n`;
  }

  get #sharesText(): boolean {
    const { resource, form } = this.#view;
    return form === "object" && resource.toServed === undefined;
  }

  #selects(text: string): boolean {
    const { selection } = this.#view;
    return selectsByKeyOnly(selection) ||
      selectsObject(selection, this.#served(text));
  }

  #served(text: string): KubeObject {
    const stored = sharedObject(text);
    return this.#view.resource.toServed?.(stored) ?? stored;
  }

  #shape(object: KubeObject): JsonObject {
    const { resource, form, tableOptions } = this.#view;
    if (form === "object") return { ...object };
    if (form === "metadata") return metadataOf(object);
    const options = { ...tableOptions(), isFirst: this.#isFirst };
    this.#isFirst = false;
    return watchTableOf(resource, object, options);
  }
}
