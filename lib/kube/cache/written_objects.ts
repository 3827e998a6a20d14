/** Versions that this process wrote and that its watch has still to bring. */

import { isJsonEqual } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { WrittenObject } from "../contract.ts";

/** Versions of one object that are held: a watch that hangs must not cost memory. */
const VERSIONS_MAX = 2;

/** What is written of one object. */
interface Writes<T> {
  /** The newest write, until it has ended. */
  underWay: Promise<unknown> | undefined;
  /** What writes have made, oldest first. */
  readonly made: WrittenObject<T>[];
}

/** Writes under way and their results, by key. */
export class WrittenObjects<T> {
  readonly #writes = new Map<string, Writes<T>>();

  /** Notes a write that begins now. */
  expect(key: string, written: Promise<WrittenObject<T> | undefined>): void {
    const writes = this.#writes.get(key) ?? { underWay: undefined, made: [] };
    this.#writes.set(key, writes);
    const ended = written.then(
      (object) => object !== undefined && writes.made.push(object),
      // The writer has the error. What was stored all the same is read.
      () => {},
    ).then(() => {
      if (writes.made.length > VERSIONS_MAX) writes.made.shift();
      if (writes.underWay !== ended) return;
      writes.underWay = undefined;
      if (writes.made.length === 0 && this.#writes.get(key) === writes) this.#writes.delete(key);
    });
    writes.underWay = ended;
  }

  /**
   * The version, if a write made it. While one is under way, that is not known: the watch is often
   * faster than the answer.
   */
  async find(key: string, resourceVersion: string): Promise<WrittenObject<T> | undefined> {
    const writes = this.#writes.get(key);
    if (writes === undefined) return undefined;
    const find = () =>
      writes.made.find(({ object }) => object.metadata.resourceVersion === resourceVersion);
    const found = find();
    if (found !== undefined) return found;
    await writes.underWay;
    return find();
  }

  /**
   * Takes what belongs to the object, if {@link find} gave it or if it was read and is what was written;
   * versions before it have been passed.
   */
  take(key: string, object: KubeObject): T | undefined {
    const writes = this.#writes.get(key);
    const at = writes?.made.findIndex((written) => isSame(written.object, object)) ?? -1;
    if (writes === undefined || at < 0) return undefined;
    const [taken] = writes.made.splice(0, at + 1).slice(-1);
    if (writes.made.length === 0 && writes.underWay === undefined) this.#writes.delete(key);
    return taken!.value;
  }

  /** The object is gone. */
  forget(key: string): void {
    this.#writes.delete(key);
  }
}

function isSame(written: KubeObject, object: KubeObject): boolean {
  if (written === object) return true;
  return written.metadata.resourceVersion === object.metadata.resourceVersion &&
    isJsonEqual(written, object);
}
