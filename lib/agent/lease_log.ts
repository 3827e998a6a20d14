/** `--log-leases`: a line for each message of a client and for each reply, as dnsmasq and Kea have them. */

import { defined } from "../base/json.ts";
import type { Answer } from "../dhcpv4/answer.ts";
import { type LineLimit, LineLimits } from "../dhcpv4/guard/line_limits.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import { OptionCode } from "../dhcpv4/options/registry.ts";
import { clientText } from "../dhcpv4/options/text.ts";
import type { DhcpMessage } from "../dhcpv4/wire/message.ts";
import { formatIpv4Address, type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import { formatMacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";

/** Lines of a kind about clients with a binding: 5,000 of them that boot at once have all theirs. */
const BOUND: LineLimit = {
  ofKind: { perSecond: 500, burst: 20_000 },
  ofSource: { perSecond: 50, burst: 200 },
};

/** The reply that an outcome stands for. */
const REPLIES: Readonly<Record<string, string>> = {
  offer: "OFFER",
  ack: "ACK",
  informAck: "ACK",
  nak: "NAK",
};

export interface LeaseLogOptions {
  readonly log: Logger;
  readonly interfaceName: string;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: number;
}

/** The lines of one port. */
export class LeaseLog {
  readonly #log: Logger;
  readonly #bound: LineLimits;
  readonly #unbound: LineLimits;

  constructor({ log, interfaceName, nowMs }: LeaseLogOptions) {
    this.#log = log.with({ interface: interfaceName });
    this.#bound = new LineLimits(nowMs, BOUND);
    this.#unbound = new LineLimits(nowMs);
  }

  /** Writes the lines of a message that could be read. @param frame It came in. */
  note(answer: Answer, frame: Uint8Array, table: LeaseTable, nowMs: number): void {
    const { mac, message, outcome, serverIdentifier, yiaddr } = answer;
    if (mac === undefined || message === undefined) return;
    const source = macAddressFromBytes(frame, 6);
    const reply = REPLIES[outcome];
    const name = clientText(message.options.get(OptionCode.hostName)) ??
      table.parameters.hostNames?.get(mac);
    const about = { mac: formatMacAddress(mac), ...defined({ hostname: name }) };
    const limits = table.indexOf(mac) < 0 ? this.#unbound : this.#bound;
    const write = (event: string, fields: Readonly<Record<string, string | undefined>>) => {
      const leftOut = limits.take(event, source, nowMs);
      if (leftOut === undefined) return;
      const rest = defined({ ...fields, leftOut: leftOut === 0 ? undefined : leftOut });
      this.#log.log("info", "lease event", { event, ...about, ...rest });
    };
    const asked = askedAddressOf(message);
    write(message.messageType, {
      address: textOfAddress(asked),
      server: textOfAddress(serverIdentifier),
      // Why there is no reply.
      outcome: reply === undefined ? outcome : undefined,
    });
    if (reply !== undefined) write(reply, { address: textOfAddress(yiaddr ?? asked) });
  }
}

/** The address that the client has or asks for. */
function askedAddressOf({ options, ciaddr }: DhcpMessage): Ipv4Address | undefined {
  const requested = options.uint32(OptionCode.requestedIpAddress) as Ipv4Address | undefined;
  return requested ?? (ciaddr === UNSPECIFIED_IPV4 ? undefined : ciaddr);
}

function textOfAddress(address: Ipv4Address | undefined): string | undefined {
  return address === undefined ? undefined : formatIpv4Address(address);
}
