/** The further fields of `spec.ipv4Config` as values that the layers above calculate with. */

import { writeUint16, writeUint32 } from "../../net/bytes.ts";
import { type Cidr, parseCidr } from "../../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import type { BootConfig, BootFileConfig, ClientOptions, CustomOption } from "./client_options.ts";
import { defined } from "../field_reader.ts";

/** A way to a network other than by the router. */
export interface Route {
  readonly destination: Cidr;
  /** 0.0.0.0 for a destination on the link. */
  readonly gateway: Ipv4Address;
}

/** What network boot clients are told. */
export interface Boot {
  readonly nextServer?: Ipv4Address;
  readonly files: readonly BootFileConfig[];
}

/** An option by its code, encoded. */
export interface EncodedOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The fields that clients see the effect of; absent where the pool has none. */
export interface ClientOptionValues {
  /** Octets. */
  readonly mtu?: number;
  readonly routes?: readonly Route[];
  readonly boot?: Boot;
  /** URI. */
  readonly captivePortal?: string;
  /** Seconds. */
  readonly ipv6OnlyWait?: number;
  readonly options?: readonly EncodedOption[];
  readonly relays?: readonly Ipv4Address[];
  readonly authoritative?: boolean;
  readonly rapidCommit?: boolean;
  readonly strictChaddr?: boolean;
}

/** Reads fields that `checkClientOptions()` found nothing wrong with. */
export function clientOptionValuesOf(config: ClientOptions): ClientOptionValues {
  const { mtu, captivePortal, ipv6OnlyWait, authoritative, rapidCommit, strictChaddr } = config;
  return defined({
    mtu,
    routes: config.routes?.map(({ destination, gateway }) => ({
      destination: parseCidr(destination)!,
      gateway: parseIpv4Address(gateway)!,
    })),
    boot: config.boot === undefined ? undefined : bootOf(config.boot),
    captivePortal,
    ipv6OnlyWait,
    options: config.options?.map((option) => ({ code: option.code, value: octetsOf(option) })),
    relays: config.relays?.map((text) => parseIpv4Address(text)!),
    authoritative,
    rapidCommit,
    strictChaddr,
  });
}

function bootOf({ nextServer, files }: BootConfig): Boot {
  return nextServer === undefined
    ? { files }
    : { files, nextServer: parseIpv4Address(nextServer)! };
}

/** The value of an option on the wire. */
function octetsOf({ addresses, text, uint8, uint16, uint32, hex }: CustomOption): Uint8Array {
  if (text !== undefined) return new TextEncoder().encode(text);
  if (uint8 !== undefined) return Uint8Array.of(uint8);
  if (hex !== undefined) {
    return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  }
  if (uint16 !== undefined) {
    const value = new Uint8Array(2);
    writeUint16(value, 0, uint16);
    return value;
  }
  const words = uint32 === undefined ? addresses!.map((a) => parseIpv4Address(a)!) : [uint32];
  const value = new Uint8Array(4 * words.length);
  words.forEach((word, i) => writeUint32(value, 4 * i, word));
  return value;
}
