/** Checks the further fields of `spec.ipv4Config`, each by itself. */

import type {
  BootConfig,
  ClientOptions,
  CustomOption,
  RateLimitsConfig,
  RouteConfig,
} from "./client_options.ts";
import type { FieldErrors } from "../field_reader.ts";
import { type Bounds, checkCount, checkNumber } from "../number_rules.ts";
import {
  BOOT_FILE,
  CAPTIVE_PORTAL,
  checkText,
  checkTexts,
  HEX_OCTETS,
  IPV4_ADDRESS,
  IPV4_PREFIX,
  PRINTABLE_TEXT,
  type TextRule,
} from "../text_rules.ts";

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
const BOOT_FILES: Bounds = { min: 1, max: 32 };
const ARCHITECTURES: Bounds = { min: 1, max: 16 };
const OPTIONS: Bounds = { min: 0, max: 32 };
const OPTION_ADDRESSES: Bounds = { min: 1, max: 32 };
const RELAYS_MAX = 64;

/**
 * Reports every field that does not hold what it should.
 *
 * @param path Of the object that has the fields.
 */
export function checkClientOptions(
  config: ClientOptions,
  path: string,
  errors: FieldErrors,
): void {
  checkNumber(config.mtu, MTU, `${path}.mtu`, errors);
  checkNumber(config.ipv6OnlyWait, IPV6_ONLY_WAIT, `${path}.ipv6OnlyWait`, errors);
  checkOptionalText(config.captivePortal, CAPTIVE_PORTAL, `${path}.captivePortal`, errors);
  const relays = { field: `${path}.relays`, itemsMax: RELAYS_MAX, errors };
  checkTexts(config.relays ?? [], IPV4_ADDRESS, relays);
  checkRoutes(config.routes ?? [], `${path}.routes`, errors);
  if (config.boot !== undefined) checkBoot(config.boot, `${path}.boot`, errors);
  checkCount(config.options ?? [], OPTIONS, `${path}.options`, errors);
  config.options?.forEach((option, i) => checkOption(option, `${path}.options[${i}]`, errors));
  checkRateLimits(config.rateLimits ?? {}, `${path}.rateLimits`, errors);
}

function checkOptionalText(
  text: string | undefined,
  rule: TextRule,
  field: string,
  errors: FieldErrors,
): void {
  if (text !== undefined) checkText(text, rule, field, errors);
}

function checkRoutes(routes: readonly RouteConfig[], path: string, errors: FieldErrors): void {
  checkCount(routes, ROUTES, path, errors);
  routes.forEach(({ destination, gateway }, i) => {
    checkText(destination, IPV4_PREFIX, `${path}[${i}].destination`, errors);
    checkText(gateway, IPV4_ADDRESS, `${path}[${i}].gateway`, errors);
  });
}

function checkBoot({ nextServer, files }: BootConfig, path: string, errors: FieldErrors): void {
  checkOptionalText(nextServer, IPV4_ADDRESS, `${path}.nextServer`, errors);
  checkCount(files, BOOT_FILES, `${path}.files`, errors);
  files.forEach(({ architectures, file }, i) => {
    const at = `${path}.files[${i}]`;
    checkText(file, BOOT_FILE, `${at}.file`, errors);
    if (architectures === undefined) return;
    checkCount(architectures, ARCHITECTURES, `${at}.architectures`, errors);
    architectures.forEach((number, j) =>
      checkNumber(number, UINT16, `${at}.architectures[${j}]`, errors)
    );
  });
}

function checkOption(option: CustomOption, path: string, errors: FieldErrors): void {
  checkNumber(option.code, OPTION_CODE, `${path}.code`, errors);
  checkNumber(option.uint8, UINT8, `${path}.uint8`, errors);
  checkNumber(option.uint16, UINT16, `${path}.uint16`, errors);
  checkNumber(option.uint32, UINT32, `${path}.uint32`, errors);
  checkOptionalText(option.text, PRINTABLE_TEXT, `${path}.text`, errors);
  checkOptionalText(option.hex, HEX_OCTETS, `${path}.hex`, errors);
  if (option.addresses === undefined) return;
  checkCount(option.addresses, OPTION_ADDRESSES, `${path}.addresses`, errors);
  option.addresses.forEach((address, i) =>
    checkText(address, IPV4_ADDRESS, `${path}.addresses[${i}]`, errors)
  );
}

function checkRateLimits(limits: RateLimitsConfig, path: string, errors: FieldErrors): void {
  for (const key of ["boundClient", "inform", "unknownClients", "all"] as const) {
    checkNumber(limits[key]?.perSecond, RATE, `${path}.${key}.perSecond`, errors);
    checkNumber(limits[key]?.burst, RATE, `${path}.${key}.burst`, errors);
  }
}
