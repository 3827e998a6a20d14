/** Says what the replies of a pool have no room for. */

import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import { optionOfCode } from "../dhcpv4/options/registry.ts";
import type { DhcpOption } from "../dhcpv4/options/value_kind.ts";
import { optionsWithoutRoom } from "../dhcpv4/reply_room.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { poolParametersOf } from "./pool_parameters.ts";

/** Every client takes packets of this size (RFC 2131 section 2), unless its network cannot. */
const PACKET_BYTES_MIN = 576;

const OPTIONS_SHOWN_MAX = 5;

/**
 * What a client that takes no more than it has to (576 octets with the headers of IP and UDP) is not
 * told, in a sentence for each way to ask. Names of NTP servers count as one address.
 *
 * @returns Nothing when everything fits.
 */
export function describeMissingRoom(settings: Ipv4Settings): readonly string[] {
  const names = settings.ntp.filter((server) => typeof server === "string");
  const parameters = poolParametersOf(settings, (name) => [names.indexOf(name) as Ipv4Address]);
  const { asked, withoutList, roomBytes } = optionsWithoutRoom(parameters);
  const { mtu = PACKET_BYTES_MIN } = parameters;
  const small = mtu < PACKET_BYTES_MIN
    ? `that does not accept more than ${mtu} octets (mtu)`
    : `that does not accept more than ${PACKET_BYTES_MIN} octets (option 57)`;
  const room = roomBytes > 0
    ? `its replies have room for ${roomBytes} octets of options`
    : "its replies are larger than that even without options";
  return [
    ...(asked.length === 0 ? [] : [
      `a client ${small} and asks for everything is not told ${describeOptions(asked)}: ${room}`,
    ]),
    ...(withoutList.length === 0 ? [] : [
      `a client ${small} and asks for nothing in particular (option 55) is not told ` +
      `${describeOptions(withoutList)}: ${room}`,
    ]),
  ];
}

function describeOptions(options: readonly DhcpOption[]): string {
  const shown = options.slice(0, OPTIONS_SHOWN_MAX).map(({ code, value }) => {
    const name = optionOfCode(code)?.name;
    const what = name === undefined ? "" : `${name}, `;
    return `option ${code} (${what}${value.length} octets)`;
  });
  const more = options.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
