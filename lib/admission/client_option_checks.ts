/** What must hold between the fields of one pool that say what else clients are told. */

import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import type { FieldError } from "../api/meta.ts";
import { customOptionRefusal } from "../dhcpv4/options/custom_options.ts";
import { cidrContains, formatCidr } from "../net/cidr.ts";
import { formatIpv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";

const PATH = "spec.ipv4Config";

/**
 * Reports what a new pool should not have. An existing pool works in spite of these.
 */
export function checkClientOptions(settings: Ipv4Settings): readonly FieldError[] {
  return [
    ...checkRoutes(settings),
    ...checkOptions(settings),
    ...checkRelays(settings),
  ];
}

function checkRoutes({ cidr, serverIp, written }: Ipv4Settings): FieldError[] {
  const errors: FieldError[] = [];
  const destinations = new Set<string>();
  written.routes?.forEach(({ destination, gateway }, i) => {
    const path = `${PATH}.routes[${i}]`;
    const shown = formatCidr(destination);
    if (destinations.has(shown)) {
      errors.push({ field: `${path}.destination`, message: `${shown} has a route already` });
    }
    destinations.add(shown);
    if (gateway === UNSPECIFIED_IPV4) return;
    const named = `gateway ip ${formatIpv4Address(gateway)}`;
    if (!cidrContains(cidr, gateway)) {
      const message = `${named} is not within subnet ${formatCidr(cidr)}; ` +
        "0.0.0.0 stands for a destination on the link";
      errors.push({ field: `${path}.gateway`, message });
    } else if (gateway === serverIp) {
      const message = `${named} is the DHCP server, which forwards nothing`;
      errors.push({ field: `${path}.gateway`, message });
    }
  });
  return errors;
}

function checkOptions({ clientOptions: { options = [] } }: Ipv4Settings): FieldError[] {
  const errors: FieldError[] = [];
  const codes = new Set<number>();
  options.forEach(({ code }, i) => {
    const field = `${PATH}.options[${i}].code`;
    const refusal = customOptionRefusal(code);
    if (refusal !== undefined) errors.push({ field, message: `option ${code} ${refusal}` });
    else if (codes.has(code)) errors.push({ field, message: `option ${code} is listed twice` });
    codes.add(code);
  });
  return errors;
}

function checkRelays({ serverIp, written: { relays = [] } }: Ipv4Settings): FieldError[] {
  return relays.flatMap((relay, i) => {
    const field = `${PATH}.relays[${i}]`;
    const named = `relay ip ${formatIpv4Address(relay)}`;
    if (relay === serverIp) return [{ field, message: `${named} is the DHCP server's own` }];
    return relays.indexOf(relay) < i ? [{ field, message: `${named} is listed twice` }] : [];
  });
}
