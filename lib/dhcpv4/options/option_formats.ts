/** Option values as text. What does not have the form of its option is written in hexadecimal. */

import { readUint16, readUint32 } from "../../net/bytes.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { decodeDomainSearch } from "./domain_search.ts";
import { messageTypeFromCode } from "../wire/message.ts";

/** @returns The text, or `undefined` when the value does not have this form. */
export type ValueFormat = (value: Uint8Array) => string | undefined;

/** Octets in hexadecimal. */
export function formatHex(value: Uint8Array): string {
  return Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Text in quotes if all of it can be printed: names come from anybody. */
export function formatText(value: Uint8Array): string | undefined {
  const text = String.fromCharCode(...value);
  return /^[ -~]+$/.test(text) ? JSON.stringify(text) : undefined;
}

export function formatAddresses(value: Uint8Array): string | undefined {
  if (value.length === 0 || value.length % 4 !== 0) return undefined;
  return numbersOf(value, 4).map((number) => formatIpv4Address(number as Ipv4Address)).join(", ");
}

export function formatSeconds(value: Uint8Array): string | undefined {
  if (value.length !== 4) return undefined;
  const seconds = readUint32(value, 0);
  return seconds === 0xffffffff ? "for ever" : `${seconds} s`;
}

/** One or more numbers of two octets. */
export function formatUint16s(value: Uint8Array): string | undefined {
  if (value.length === 0 || value.length % 2 !== 0) return undefined;
  return numbersOf(value, 2).join(", ");
}

export function formatMessageType(value: Uint8Array): string | undefined {
  return value.length === 1 ? messageTypeFromCode(value[0]!) : undefined;
}

/** Numbers of one octet. */
export function formatCodes(value: Uint8Array): string {
  return [...value].join(", ");
}

export function formatDomainSearch(value: Uint8Array): string | undefined {
  const names = decodeDomainSearch(value);
  return names === undefined || names.length === 0 ? undefined : names.join(", ");
}

/** Destinations with their gateways (RFC 3442). */
export function formatClasslessRoutes(value: Uint8Array): string | undefined {
  const routes: string[] = [];
  let at = 0;
  while (at < value.length) {
    const width = value[at++]!;
    const significant = Math.ceil(width / 8);
    if (width > 32 || at + significant + 4 > value.length) return undefined;
    const destination = new Uint8Array(4);
    destination.set(value.subarray(at, at + significant));
    at += significant;
    const gateway = formatIpv4Address(readUint32(value, at) as Ipv4Address);
    routes.push(`${destination.join(".")}/${width} via ${gateway}`);
    at += 4;
  }
  return routes.length === 0 ? undefined : routes.join(", ");
}

/** Destinations with their gateways (RFC 2132 section 5.8). */
export function formatStaticRoutes(value: Uint8Array): string | undefined {
  if (value.length === 0 || value.length % 8 !== 0) return undefined;
  const addresses = numbersOf(value, 4).map((number) => formatIpv4Address(number as Ipv4Address));
  const routes: string[] = [];
  for (let i = 0; i < addresses.length; i += 2) {
    routes.push(`${addresses[i]} via ${addresses[i + 1]}`);
  }
  return routes.join(", ");
}

/** Sub-options with their values (RFC 3046 section 2.0). */
export function formatSubOptions(value: Uint8Array): string | undefined {
  const subOptions: string[] = [];
  let at = 0;
  while (at < value.length) {
    const end = at + 2 + (value[at + 1] ?? value.length);
    if (end > value.length) return undefined;
    subOptions.push(`${value[at]}=${formatHex(value.subarray(at + 2, end)) || "empty"}`);
    at = end;
  }
  return subOptions.length === 0 ? undefined : subOptions.join(", ");
}

function numbersOf(value: Uint8Array, octets: 2 | 4): number[] {
  const read = octets === 2 ? readUint16 : readUint32;
  return Array.from({ length: value.length / octets }, (_, i) => read(value, i * octets));
}
