/**
 * Tells of addresses that were given back. An object stops naming an address, and its pool takes it out of
 * the record, in either order: it is told once both are done. What a status names that no record had was
 * never given back.
 */

import { defined } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import type { KubeObject } from "../../api/meta.ts";
import { releaseNoteOf } from "../../reconcile/vmnetcfg/vmnetcfg_report.ts";
import type { PoolChange } from "../ippool/pool_views.ts";

/**
 * Of what has no other half, the oldest is forgotten first. To send Events of so many takes an hour, and
 * together they take some 12 MB: what a status named and no record had stays here until then.
 */
const HALVES_MAX = 16_384;

/** Notes of which one half is done. */
export class ReleasedAddresses {
  /** What records gave up and the objects still name. */
  readonly #freed = new Set<string>();
  /** What objects do not name any more and records still have, and what is told of each object. */
  readonly #left = new Map<string, KubeObject>();

  /** @param tell Called with each note whose other half was the record's. */
  constructor(readonly tell: (object: KubeObject, notes: readonly Note[]) => void) {}

  /** A pool has changed. */
  noteFreed({ before, after, freed }: Pick<PoolChange, "before" | "after" | "freed">): void {
    const network = (after ?? before)?.network;
    if (network === undefined) return;
    for (const [address, mac] of freed) {
      const note = releaseNoteOf(address, mac, network);
      const object = this.#left.get(note.note);
      this.#left.delete(note.note);
      if (object !== undefined) this.tell(object, [note]);
      else {
        this.#freed.add(note.note);
        dropOldest(this.#freed);
      }
    }
  }

  /**
   * An object does not name addresses any more.
   *
   * @returns The notes on its changes that are to be told now.
   */
  noteLeft(object: KubeObject, notes: readonly Note[]): readonly Note[] {
    let told: KubeObject | undefined;
    return notes.filter(({ reason, note }) => {
      if (reason !== "IPReleased" || this.#freed.delete(note)) return true;
      this.#left.set(note, told ??= toldOf(object));
      dropOldest(this.#left);
      return false;
    });
  }
}

/** What Events need of an object and of the VM that owns it. */
function toldOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences } = metadata;
  const rest = defined({ namespace, uid, resourceVersion, ownerReferences });
  return { apiVersion, kind, metadata: { name, ...rest } };
}

function dropOldest(halves: Map<string, unknown> | Set<string>): void {
  if (halves.size <= HALVES_MAX) return;
  const [oldest] = halves.keys();
  halves.delete(oldest!);
}
