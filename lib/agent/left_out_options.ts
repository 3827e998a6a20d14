/** Options that replies had no room for: counted each time, named in the log now and then. */

import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { DhcpOption } from "../dhcpv4/options/value_kind.ts";
import { optionOfCode } from "../dhcpv4/options/registry.ts";
import type { PoolOptions } from "../dhcpv4/pool_options.ts";
import type { Logger } from "../observe/logger.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

/** Until the same option is named again: clients that take little ask for as long as they live. */
const NAMED_AGAIN_MS = 3_600_000;

/** The options that one pool's replies leave out. */
export class LeftOutOptions {
  readonly #metrics: AgentMetrics;
  readonly #log: Logger;
  /** When each code was named. */
  readonly #named = new Map<number, number>();
  #sent: PoolOptions | undefined;

  constructor(metrics: AgentMetrics, log: Logger) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /**
   * Notes what a reply left out.
   *
   * @param table What the reply was made from: after a change of its options, all are named anew.
   * @param nowMs Monotonic.
   */
  note(
    leftOut: readonly DhcpOption[],
    mac: MacAddress,
    { table, nowMs }: { readonly table: LeaseTable; readonly nowMs: number },
  ): void {
    if (leftOut.length === 0) return;
    if (this.#sent !== table.options) {
      if (this.#sent !== undefined && !isSame(this.#sent, table.options)) this.#named.clear();
      this.#sent = table.options;
    }
    for (const { code, value } of leftOut) {
      this.#metrics.leftOutOption(code);
      const namedMs = this.#named.get(code);
      if (namedMs !== undefined && nowMs - namedMs < NAMED_AGAIN_MS) continue;
      this.#named.set(code, nowMs);
      this.#log.log("warn", "a reply has no room for an option", {
        option: code,
        name: optionOfCode(code)?.name,
        octets: value.length,
        mac: formatMacAddress(mac),
      });
    }
  }
}

/** Whether two versions of a pool send the same; they differ in bindings most of the time. */
function isSame(a: PoolOptions, b: PoolOptions): boolean {
  return a.byCode.every((option, code) => {
    const other = b.byCode[code]?.value;
    return option?.value.length === other?.length &&
      (option === undefined || option.value.every((octet, i) => octet === other![i]));
  });
}
