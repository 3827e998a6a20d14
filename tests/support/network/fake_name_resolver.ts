/** A resolver of host names under the control of a test. */

import type { Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import type { NameResolver } from "../../../lib/sys/contract.ts";
import { ip } from "../dhcp/dhcp_packets.ts";

/** Answers from a table; a name with `"hangs"` is never answered, and a name that is missing fails. */
export class FakeNameResolver implements NameResolver {
  /** The answer for each name from now on. */
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
