/** What a client says about itself that decides which boot file it gets. */

import { readUint16 } from "../../net/bytes.ts";
import { OptionCode } from "../options/registry.ts";
import { REQUEST_LIST_MAX } from "../wire/message.ts";
import type { DhcpOptions } from "../wire/options.ts";

/** How a client loads its file, by option 60: PXE firmware by TFTP, UEFI HTTP boot by HTTP. */
export type BootProtocol = "pxe" | "http" | undefined;

/** A client as boot entries see it. */
export interface BootClient {
  readonly protocol: BootProtocol;
  /** Option 60; empty without it. */
  readonly vendorClass: string;
  /** Option 77, in each of the ways that it can be read. */
  readonly userClasses: readonly string[];
  readonly isIpxe: boolean;
  /** Codes inside option 175 that iPXE has built in. */
  readonly ipxeFeatures: ReadonlySet<number>;
  /** Option 93 in the client's order; what option 60 says without it. */
  readonly architectures: readonly number[];
  /** Option 55, as far as it is looked at. */
  readonly requestedOptions: Uint8Array;
}

const PXE_CLIENT = "PXEClient";
const HTTP_CLIENT = "HTTPClient";
/** gPXE is what iPXE was called before. */
const IPXE_USER_CLASS = /^[ig]pxe$/i;

const NOTHING = new Uint8Array();
const NO_FEATURES: ReadonlySet<number> = new Set();

/** Reads what options say; parts that are malformed say nothing. */
export function bootClientOf(options: DhcpOptions): BootClient {
  const valueOf = (code: number) => options.get(code) ?? NOTHING;
  const vendorClass = asciiOf(valueOf(OptionCode.vendorClassIdentifier));
  const userClasses = userClassesOf(valueOf(OptionCode.userClass));
  const hasIpxeOptions = options.lengthOf(OptionCode.ipxeOptions) !== undefined;
  return {
    protocol: protocolOf(vendorClass),
    vendorClass,
    userClasses,
    isIpxe: hasIpxeOptions || userClasses.some((text) => IPXE_USER_CLASS.test(text)),
    ipxeFeatures: featuresOf(valueOf(OptionCode.ipxeOptions)),
    architectures: architecturesOf(valueOf(OptionCode.clientSystemArchitecture), vendorClass),
    requestedOptions: valueOf(OptionCode.parameterRequestList).subarray(0, REQUEST_LIST_MAX),
  };
}

function protocolOf(vendorClass: string): BootProtocol {
  if (vendorClass.startsWith(HTTP_CLIENT)) return "http";
  return vendorClass.startsWith(PXE_CLIENT) ? "pxe" : undefined;
}

/**
 * The whole value, as iPXE and most others send a single class, and the classes of RFC 3004, each
 * behind its length, when the value has that form.
 */
function userClassesOf(value: Uint8Array): readonly string[] {
  const classes = value.length === 0 ? [] : [asciiOf(value)];
  const listed: string[] = [];
  for (let at = 0; at < value.length;) {
    const end = at + 1 + value[at]!;
    if (end > value.length) return classes;
    listed.push(asciiOf(value.subarray(at + 1, end)));
    at = end;
  }
  return [...classes, ...listed];
}

/** Code, length, value; a feature that is there has a version other than 0. */
function featuresOf(value: Uint8Array): ReadonlySet<number> {
  if (value.length === 0) return NO_FEATURES;
  const features = new Set<number>();
  for (let at = 0; at + 2 < value.length;) {
    const code = value[at]!;
    const length = value[at + 1]!;
    const octets = value.subarray(at + 2, at + 2 + length);
    if (octets.length === length && octets.some((octet) => octet !== 0)) features.add(code);
    at += 2 + length;
  }
  return features;
}

/** An odd octet at the end is no number and left out. */
function architecturesOf(value: Uint8Array, vendorClass: string): readonly number[] {
  if (value.length >= 2) {
    return Array.from({ length: value.length >>> 1 }, (_, i) => readUint16(value, i * 2));
  }
  // RFC 4578 has clients send both, in decimal here.
  const inVendorClass = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendorClass)?.[1];
  return inVendorClass === undefined ? [] : [Number(inVendorClass)];
}

/** Without the NULs that some clients end a text with. */
function asciiOf(octets: Uint8Array): string {
  return String.fromCharCode(...octets).replace(/\0+$/, "");
}
