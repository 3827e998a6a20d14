/** Machines without a binding that ask: how many, and which. */

import { defined } from "../../base/json.ts";
import { type NoticeLimits, Notices } from "../../dhcpv4/guard/notices.ts";
import { UnknownClients, type UnknownCounts } from "../../dhcpv4/guard/unknown_clients.ts";
import {
  type MachineTexts,
  UnknownList,
  type UnknownMachine,
} from "../../dhcpv4/guard/unknown_list.ts";
import { OptionCode } from "../../dhcpv4/options/registry.ts";
import { clientText } from "../../dhcpv4/options/text.ts";
import type { DhcpMessage } from "../../dhcpv4/wire/message.ts";
import type { MacAddress } from "../../net/mac_address.ts";

/** Lines about machines: each once in ten minutes, and at most 20 a minute for long. */
const LINES: NoticeLimits = {
  atFirstSight: { perSecond: 1 / 6, burst: 30 },
  seenAgain: { perSecond: 1 / 6, burst: 4 },
  namedMs: 600_000,
};

/** Between lines that say how much the log does not name. */
const LEFT_OUT_MS = 60_000;

/** A request that nobody has a binding for. */
export interface UnknownRequest {
  readonly mac: MacAddress;
  /** Its number in the metrics. */
  readonly kind: number;
  readonly message: DhcpMessage;
  readonly nowMs: number;
}

/** The machines of one agent. Times are milliseconds of a clock that does not go back. */
export class UnknownMachines {
  readonly #counts = new UnknownClients();
  readonly #list = new UnknownList();
  readonly #notices: Notices;
  #unnamed = 0;
  #unnamedToldMs: number;

  constructor(nowMs: number) {
    this.#notices = new Notices(LINES, nowMs);
    this.#unnamedToldMs = nowMs;
  }

  /**
   * Notes a request.
   *
   * @param isShared Another pool may have a binding for the machine, which is no news then.
   * @returns A machine to be named in the log.
   */
  note(
    { mac, kind, message, nowMs }: UnknownRequest,
    isShared: boolean,
  ): UnknownMachine | undefined {
    const list = this.#list;
    const place = list.note(mac, kind, nowMs);
    // Most of those that are made up ask once.
    if (list.isUndescribed(place)) list.describe(place, textsOf(message));
    if (isShared) return undefined;
    this.#counts.note(mac, nowMs);
    const sighting = { mac, address: 0 };
    if (this.#notices.isNamed(sighting, nowMs)) {
      // Among made-up ones, a machine that goes on asking is known by its line.
      list.keep(place);
      return undefined;
    }
    const notice = this.#notices.seeUnnamed(sighting, nowMs);
    if (notice === undefined) return undefined;
    this.#unnamed += notice.leftOut;
    if (notice.mac === mac) list.describe(place, textsOf(message));
    return list.of(notice.mac);
  }

  /** How many ask. */
  counts(nowMs: number): UnknownCounts {
    return this.#counts.counts(nowMs);
  }

  /** Requests of machines that were not named in the last minute, once a minute; else 0. */
  takeUnnamed(nowMs: number): number {
    if (nowMs - this.#unnamedToldMs < LEFT_OUT_MS) return 0;
    const unnamed = this.#unnamed + this.#notices.takeLeftOut();
    this.#unnamed = 0;
    this.#unnamedToldMs = nowMs;
    return unnamed;
  }

  /** Those that have no binding by now, the one that asked last first. */
  list(isBound: (mac: MacAddress) => boolean): readonly UnknownMachine[] {
    return this.#list.machines().filter(({ mac }) => !isBound(mac));
  }
}

/** What a machine says of itself, and may be anything. */
function textsOf({ options }: DhcpMessage): MachineTexts {
  return defined({
    hostname: clientText(options.get(OptionCode.hostName)),
    vendorClass: clientText(options.get(OptionCode.vendorClassIdentifier)),
  });
}
