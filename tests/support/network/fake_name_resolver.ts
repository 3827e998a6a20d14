/** Host names that a test decides about. */

import type { Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import type { NameResolver } from "../../../lib/sys/contract.ts";
import { ip } from "../dhcp/dhcp_packets.ts";

/** Answers from a table; names in it with `"hangs"` are never answered, others fail. */
export class FakeNameResolver implements NameResolver {
  /** What each name gives from now on. */
  readonly names = new Map<string, readonly string[] | "hangs">();
  /** Names asked for, in order. */
  readonly asked: string[] = [];

  async resolve(name: string, signal: AbortSignal): Promise<readonly Ipv4Address[]> {
    this.asked.push(name);
    const found = this.names.get(name);
    if (found === undefined) throw new Error(`no name server knows ${name}`);
    if (found !== "hangs") return found.map(ip);
    return await new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}
