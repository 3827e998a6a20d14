/** Addresses of the host names in a pool, looked up in the background and kept. */

import { errorOf } from "../../base/errors.ts";
import { withTimeLimit } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { Logger } from "../../observe/logger.ts";
import type { NameResolver } from "../../sys/contract.ts";

/** Between look-ups of names that have addresses. */
const REFRESH_MS = 5 * 60_000;
/** Between look-ups while one of the names has none. */
const RETRY_MS = 30_000;
/** Longest look-up. */
const LOOKUP_MS_MAX = 5000;

export interface NameCacheOptions {
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when the addresses of a name changed. */
  readonly onChange: () => void;
}

interface Entry {
  addresses: readonly Ipv4Address[];
  /** The last look-up failed or found nothing. */
  failing: boolean;
}

/** A cache of names that refreshes itself. */
export class NameCache {
  readonly #options: NameCacheOptions;
  #entries = new Map<string, Entry>();
  #wake = new AbortController();

  constructor(options: NameCacheOptions) {
    this.#options = options;
  }

  /** Keeps these names from now on and forgets the others. */
  setNames(names: readonly string[]): void {
    const isNew = names.some((name) => !this.#entries.has(name));
    this.#entries = new Map(
      names.map((name) => [name, this.#entries.get(name) ?? { addresses: [], failing: false }]),
    );
    if (isNew) this.#wake.abort();
  }

  /** What is known of a name: nothing before its first look-up. */
  addressesOf(name: string): readonly Ipv4Address[] {
    return this.#entries.get(name)?.addresses ?? [];
  }

  /** Looks the names up, now and again, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const entries = [...this.#entries];
      await Promise.all(entries.map(([name, entry]) => this.#refresh(name, entry, signal)));
      const ms = entries.some(([, { failing }]) => failing) ? RETRY_MS : REFRESH_MS;
      await this.#options.clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #refresh(name: string, entry: Entry, signal: AbortSignal): Promise<void> {
    const { log, onChange } = this.#options;
    let failure: Error | undefined;
    try {
      const found = [...await this.#lookUp(name, signal)].sort((a, b) => a - b);
      if (found.length === 0) failure = new Error(`${name} has no IPv4 address`);
      const isChanged = found.join() !== entry.addresses.join();
      entry.addresses = found;
      if (isChanged) onChange();
    } catch (error) {
      // Addresses that were right a while ago serve clients better than none.
      failure = errorOf(error);
    }
    if (signal.aborted || entry.failing === (failure !== undefined)) return;
    entry.failing = failure !== undefined;
    if (failure === undefined) log.log("info", "NTP server name has addresses again", { name });
    else log.log("warn", "cannot resolve NTP server name", { name, error: failure });
  }

  async #lookUp(name: string, signal: AbortSignal): Promise<readonly Ipv4Address[]> {
    const { resolver, clock } = this.#options;
    const limit = { clock, ms: LOOKUP_MS_MAX, signal };
    return await withTimeLimit(limit, (limited) => resolver.resolve(name, limited));
  }
}
