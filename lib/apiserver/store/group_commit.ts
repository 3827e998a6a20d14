/**
 * Writes of several clients in one transaction: the disk is waited for once for all that came in
 * while it was waited for before.
 */

import { setImmediate } from "node:timers";
import type { ObjectStore } from "./object_store.ts";

/** Writes of one transaction at most, so that other work of the process waits some milliseconds. */
const JOBS_MAX = 64;

interface Job {
  /** Does it. @returns Tells the client, once it is on disk. */
  run(): () => void;
  /** Tells the client that it failed. */
  fail(error: unknown): void;
}

/** Runs writes in the order in which they came. */
export class GroupCommit {
  readonly #store: ObjectStore;
  #jobs: Job[] = [];

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Runs a job that reads, decides and writes through the store's `transaction`.
   *
   * @returns What the job returned, once what it wrote is on disk.
   * @throws whatever the job throws, which then has written nothing, and the database's own errors.
   */
  run<T>(job: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#jobs.push({ run: () => outcomeOf(job, { resolve, reject }), fail: reject });
    // Not before the requests that have arrived as well are read.
    if (this.#jobs.length === 1) setImmediate(() => this.#commit());
    return promise;
  }

  #commit(): void {
    const jobs = this.#jobs.slice(0, JOBS_MAX);
    this.#jobs = this.#jobs.slice(JOBS_MAX);
    if (this.#jobs.length > 0) setImmediate(() => this.#commit());
    try {
      const outcomes = this.#store.transaction(() => jobs.map((job) => job.run()));
      for (const tell of outcomes) tell();
    } catch (error) {
      for (const job of jobs) job.fail(error);
    }
  }
}

function outcomeOf<T>(
  job: () => T,
  { resolve, reject }: { resolve: (value: T) => void; reject: (error: unknown) => void },
): () => void {
  try {
    const value = job();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}
