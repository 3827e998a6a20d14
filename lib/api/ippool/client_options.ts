/**
 * What `spec.ipv4Config` holds besides addresses: further options for clients, and how strictly
 * clients are treated. Everything is optional, and without it nothing of it is sent. The bounds are
 * those of `crds/ippool.yaml`.
 */

import { defined } from "../../base/json.ts";
import { type Bounds, type FieldReader } from "../field_reader.ts";
import {
  CAPTIVE_PORTAL,
  HEX_OCTETS,
  IPV4_ADDRESS,
  IPV4_PREFIX,
  MAC_ADDRESS,
  PRINTABLE_TEXT,
} from "../text_rules.ts";
import { readBoot } from "./boot.ts";

/** The least that IPv4 hosts can do with (RFC 791 section 3.2), and what option 26 can say. */
const MTU: Bounds = { min: 68, max: 65_535 };
/** Clients take less than 300 seconds as 300 (RFC 8925 section 3.4). */
const IPV6_ONLY_WAIT: Bounds = { min: 300, max: 0xffffffff };
/** 0 and 255 are no options (RFC 2132 section 3). */
const OPTION_CODE: Bounds = { min: 1, max: 254 };
const UINT8: Bounds = { min: 0, max: 0xff };
const UINT16: Bounds = { min: 0, max: 0xffff };
const UINT32: Bounds = { min: 0, max: 0xffffffff };
const RATE: Bounds = { min: 1, max: 1_000_000 };

const ROUTES: Bounds = { min: 0, max: 64 };
const OPTIONS: Bounds = { min: 0, max: 32 };
const OPTION_ADDRESSES: Bounds = { min: 1, max: 32 };
const RELAYS: Bounds = { min: 0, max: 64 };

/** The fields that can hold the value of an option. */
const OPTION_VALUES = ["addresses", "text", "uint8", "uint16", "uint32", "hex"];

/** An entry of `options`: a code with exactly one of the values. */
export type CustomOption = ReturnType<typeof readCustomOption>;

/** Reads the fields. @param config `spec.ipv4Config`. */
export function readClientOptions(config: FieldReader) {
  const boot = config.optionalChild("boot");
  return defined({
    mtu: config.optionalInteger("mtu", MTU),
    routes: config.optionalWhole("routes", ROUTES, readRoute),
    boot: boot === undefined ? undefined : readBoot(boot),
    captivePortal: config.optionalString("captivePortal", CAPTIVE_PORTAL),
    ipv6OnlyWait: config.optionalInteger("ipv6OnlyWait", IPV6_ONLY_WAIT),
    options: config.optionalWhole("options", OPTIONS, readCustomOption),
    relays: config.optionalParsedList("relays", IPV4_ADDRESS, RELAYS),
    relayMacs: config.optionalParsedList("relayMacs", MAC_ADDRESS, RELAYS),
    authoritative: config.optionalBoolean("authoritative"),
    rapidCommit: config.optionalBoolean("rapidCommit"),
    strictChaddr: config.optionalBoolean("strictChaddr"),
  });
}

/**
 * Checks `rateLimits`, so that a pool that has it stays what it was. It has no effect any more: whoever
 * writes the MAC of a client into a packet would spend what the limit leaves to that client.
 */
export function checkRateLimits(limits: FieldReader | undefined): void {
  for (const key of ["boundClient", "inform", "unknownClients", "all"]) {
    const limit = limits?.optionalChild(key);
    limit?.integer("perSecond", RATE);
    limit?.integer("burst", RATE);
  }
}

function readRoute(route: FieldReader) {
  return {
    destination: route.parsed("destination", IPV4_PREFIX),
    gateway: route.parsed("gateway", IPV4_ADDRESS),
  };
}

function readCustomOption(option: FieldReader) {
  if (OPTION_VALUES.filter((key) => option.has(key)).length !== 1) {
    option.errors.add(option.path, `must have exactly one of ${OPTION_VALUES.join(", ")}`);
  }
  return {
    code: option.integer("code", OPTION_CODE),
    ...defined({
      addresses: option.optionalParsedList("addresses", IPV4_ADDRESS, OPTION_ADDRESSES),
      text: option.optionalString("text", PRINTABLE_TEXT),
      uint8: option.optionalInteger("uint8", UINT8),
      uint16: option.optionalInteger("uint16", UINT16),
      uint32: option.optionalInteger("uint32", UINT32),
      hex: option.optionalParsed("hex", HEX_OCTETS),
    }),
  };
}
