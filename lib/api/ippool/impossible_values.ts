/**
 * Values of `spec.ipv4Config` that have the right form and cannot be true, such as a DNS server on
 * a multicast address. A client could do nothing with them, so it is not told; the rest of the pool
 * is served.
 */

import { defined } from "../../base/json.ts";
import { type Cidr, edgeOf, formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { specialBlockOf, specialBlockOfAddress } from "../../net/special_blocks.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { showValue } from "../field_reader.ts";
import { describeImpossibleMac } from "../impossible_mac.ts";
import type { FieldError } from "../meta.ts";
import { DOMAIN_NAME } from "../text_rules.ts";

const PATH = "spec.ipv4Config";

/** What clients are told, as it was read. */
interface ToldValues {
  readonly cidr: Cidr;
  readonly router?: Ipv4Address;
  readonly dns: readonly Ipv4Address[];
  readonly ntp: readonly (Ipv4Address | string)[];
  readonly domainName?: string;
  readonly domainSearch: readonly string[];
  readonly clientOptions: {
    readonly routes?: readonly Route[];
    readonly boot?: { readonly nextServer?: Ipv4Address };
    readonly relays?: readonly Ipv4Address[];
    readonly relayMacs?: readonly MacAddress[];
  };
}

/** What is known besides once impossible values are taken out. */
export interface WithImpossible<S extends ToldValues> {
  readonly impossible: readonly FieldError[];
  readonly written: Pick<S["clientOptions"], "routes" | "relays">;
}

interface Route {
  readonly destination: Cidr;
  readonly gateway: Ipv4Address;
}

/**
 * Takes the impossible values out.
 *
 * @returns The settings without them, in `impossible` what is wrong with each, and in `written` the
 * lists that are checked further, in which every item has the position that it has in the object.
 */
export function withoutImpossibleValues<S extends ToldValues>(
  settings: S,
): S & WithImpossible<S> {
  const { router, domainName, clientOptions, ...rest } = settings;
  const check = new Check(settings.cidr);
  return {
    ...rest,
    dns: check.servers("dns", settings.dns),
    ntp: settings.ntp.filter((server, i) =>
      typeof server === "string"
        ? check.isName(`ntp[${i}]`, server)
        : check.isServer(`ntp[${i}]`, server)
    ),
    domainSearch: settings.domainSearch.filter((name, i) =>
      check.isName(`domainSearch[${i}]`, name)
    ),
    ...defined({
      router: check.optional("router", router),
      domainName: check.domainName(domainName),
    }),
    clientOptions: check.clientOptions(clientOptions),
    impossible: check.faults,
    written: clientOptions,
  } as unknown as S & WithImpossible<S>;
}

/** Judges values one by one and collects what is wrong with them. */
class Check {
  readonly faults: FieldError[] = [];

  constructor(readonly cidr: Cidr) {}

  /** A loopback address may be meant: clients can run a server of their own. */
  isServer(field: string, address: Ipv4Address): boolean {
    const named = `${roleOf(field)} ip ${formatIpv4Address(address)}`;
    const edge = edgeOf(this.cidr, address);
    if (edge !== undefined) return this.#refuse(field, `${named} is the same as ${edge} ip`);
    const block = specialBlockOfAddress(address);
    if (block === undefined || block.startsWith("127.")) return true;
    return this.#refuse(field, `${named} is of ${block}`);
  }

  isName(field: string, name: string): boolean {
    if (DOMAIN_NAME.parse(name) !== undefined) return true;
    return this.#refuse(field, `must be ${DOMAIN_NAME.expected}, not ${showValue(name)}`);
  }

  servers(field: string, addresses: readonly Ipv4Address[]): readonly Ipv4Address[] {
    return addresses.filter((address, i) => this.isServer(`${field}[${i}]`, address));
  }

  optional(field: string, address: Ipv4Address | undefined): Ipv4Address | undefined {
    return address === undefined || !this.isServer(field, address) ? undefined : address;
  }

  /** Some list several domains here, which some clients take; that goes on where it is stored. */
  domainName(name: string | undefined): string | undefined {
    if (name === undefined || this.isName("domainName", name)) return name;
    return /^[ -~]+$/.test(name) ? name : undefined;
  }

  clientOptions(options: ToldValues["clientOptions"]): ToldValues["clientOptions"] {
    const { routes, boot, relays, relayMacs, ...rest } = options;
    const { nextServer, ...bootRest } = boot ?? {};
    return {
      ...rest,
      ...defined({
        routes: routes?.filter((route, i) => this.#isRoute(`routes[${i}]`, route)),
        boot: boot === undefined ? undefined : {
          ...bootRest,
          ...defined({ nextServer: this.optional("boot.nextServer", nextServer) }),
        },
        relays: relays?.filter((relay, i) => this.#isRelay(`relays[${i}]`, relay)),
        relayMacs: relayMacs?.filter((mac, i) => this.#isMac(`relayMacs[${i}]`, mac)),
      }),
    };
  }

  #isRoute(field: string, { destination, gateway }: Route): boolean {
    if (gateway !== UNSPECIFIED_IPV4 && !this.isServer(`${field}.gateway`, gateway)) return false;
    // Multicast can be routed, and 0.0.0.0/0 or /1 is a default route.
    const { prefixLength } = destination;
    const block = prefixLength < 8 ? undefined : specialBlockOf(destination);
    if (block === undefined || block.startsWith("224.")) return true;
    return this.#refuse(`${field}.destination`, `${formatCidr(destination)} is of ${block}`);
  }

  /** No message that comes from this host is a relay agent's. */
  #isRelay(field: string, relay: Ipv4Address): boolean {
    if (!this.isServer(field, relay)) return false;
    const block = specialBlockOfAddress(relay);
    if (block === undefined) return true;
    return this.#refuse(field, `relay ip ${formatIpv4Address(relay)} is of ${block}`);
  }

  #isMac(field: string, mac: MacAddress): boolean {
    const fault = describeImpossibleMac(mac);
    return fault === undefined || this.#refuse(field, fault);
  }

  #refuse(field: string, message: string): false {
    this.faults.push({ field: `${PATH}.${field}`, message });
    return false;
  }
}

/** The word for a field in messages, as messages of the Go version have it. */
function roleOf(field: string): string {
  const key = field.replace(/\[\d+\]$/, "");
  return key === "relays" ? "relay" : key.slice(key.lastIndexOf(".") + 1);
}
