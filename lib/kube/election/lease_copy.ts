/** A candidate's copy of the Lease, and what it knows of its own writes. */

import type { Clock } from "../../base/clock.ts";
import type { KubeObject, NamespacedName, ObjectMeta } from "../../api/meta.ts";
import { LEASES } from "../../api/resources.ts";
import { isStatus, type KubeClient } from "../contract.ts";
import { seeLease, type SeenLease } from "./leader_election_rules.ts";
import {
  isSameRecord,
  type LeaseRecord,
  leaseRecordOf,
  newLease,
  withRecord,
} from "./lease_record.ts";

/** A record that was sent, whatever became of it. */
export interface SentRecord {
  readonly record: LeaseRecord;
  /** When; others can only have seen it later. */
  readonly sentMs: number;
}

/** Reads and writes one Lease, each write over the version that was seen last. */
export class LeaseCopy {
  readonly #client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly #name: NamespacedName;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #object: KubeObject | undefined;
  #seen: SeenLease | undefined;
  /** The last write whose outcome is not known. */
  #unanswered: SentRecord | undefined;
  #isInDoubt = true;

  constructor(
    client: Pick<KubeClient, "get" | "create" | "replace">,
    name: NamespacedName,
    clock: Pick<Clock, "monotonicMs">,
  ) {
    this.#client = client;
    this.#name = name;
    this.#clock = clock;
  }

  /** What is known of the Lease; `undefined` when there was none. */
  get seen(): SeenLease | undefined {
    return this.#seen;
  }

  /** Whether it has to be read before anything follows from it. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** Its metadata as far as known, for Events about it. */
  get metadata(): ObjectMeta {
    return this.#object?.metadata ?? { ...this.#name };
  }

  /**
   * Reads the Lease.
   *
   * @returns When the last write was sent, if its answer got lost but it turns out to have
   * succeeded.
   * @throws when no answer came, or another one than that there is no Lease.
   */
  async read(signal: AbortSignal): Promise<number | undefined> {
    const object = await this.#get(signal);
    this.#object = object;
    this.#seen = object === undefined
      ? undefined
      : seeLease(this.#seen, leaseRecordOf(object), this.#clock.monotonicMs());
    const unanswered = this.#unanswered;
    this.#unanswered = undefined;
    this.#isInDoubt = false;
    if (unanswered === undefined || this.#seen === undefined) return undefined;
    return isSameRecord(unanswered.record, this.#seen.record) ? unanswered.sentMs : undefined;
  }

  /**
   * Writes the record over the version that was seen last, or creates the Lease.
   *
   * @throws when it was refused or its outcome is not known; then the Lease is in doubt.
   */
  async write(sent: SentRecord, signal: AbortSignal): Promise<void> {
    const object = this.#object;
    this.#isInDoubt = true;
    this.#unanswered = sent;
    this.#object = object === undefined
      ? await this.#client.create(LEASES, newLease(this.#name, sent.record), { signal })
      : await this.#client.replace(LEASES, withRecord(object, sent.record), { signal });
    this.#seen = { record: leaseRecordOf(this.#object), sinceMs: sent.sentMs };
    this.#unanswered = undefined;
    this.#isInDoubt = false;
  }

  async #get(signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#client.get(LEASES, this.#name, signal);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }
}
