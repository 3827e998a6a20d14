/** Host names, looked up as the system does it: hosts file, search domains, name servers. */

import { lookup } from "node:dns/promises";
import { unlessAborted } from "../../base/abort.ts";
import { ConcurrencyLimiter } from "../../base/concurrency_limiter.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import type { NameResolver } from "../contract.ts";

/** What getaddrinfo(3) calls a name that does not exist or has no address. */
const NO_ADDRESS_CODES: readonly unknown[] = ["ENOTFOUND", "ENODATA"];

/**
 * Look-ups under way at once. Each keeps a thread, and the runtime has a few dozen: were all of them
 * waiting for a name server that does not answer, none would be left to wait for packets.
 */
const LOOKUPS_MAX = 4;

/** Makes a {@link NameResolver} on the system's resolver. */
export function createNameResolver(lookUp: LookUp = lookUpBySystem): NameResolver {
  const lookUps = new LookUps(lookUp);
  return {
    async resolve(name, signal) {
      try {
        // getaddrinfo(3) cannot be ended early; it ends by itself.
        const found = await unlessAborted(lookUps.of(name), signal);
        return found.map(parseIpv4Address).filter((address) => address !== undefined);
      } catch (error) {
        if (NO_ADDRESS_CODES.includes((error as { code?: unknown }).code)) return [];
        throw new Error(`Cannot look up ${name}`, { cause: error });
      }
    },
  };
}

/** Gives the addresses of a name as text. */
type LookUp = (name: string) => Promise<readonly string[]>;

async function lookUpBySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { family: 4, all: true })).map(({ address }) => address);
}

/** Look-ups that take turns; a name that is asked for again meanwhile is looked up once. */
class LookUps {
  readonly #lookUp: LookUp;
  readonly #limiter = new ConcurrencyLimiter(LOOKUPS_MAX);
  readonly #underWay = new Map<string, Promise<readonly string[]>>();

  constructor(lookUp: LookUp) {
    this.#lookUp = lookUp;
  }

  of(name: string): Promise<readonly string[]> {
    const before = this.#underWay.get(name);
    if (before !== undefined) return before;
    const found = this.#limiter.run(() => this.#lookUp(name))
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, found);
    return found;
  }
}
