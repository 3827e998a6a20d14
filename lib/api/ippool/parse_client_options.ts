/** Reads the shape of the further fields of `spec.ipv4Config`. */

import type {
  BootConfig,
  BootFileConfig,
  ClientOptions,
  CustomOption,
  RateLimitConfig,
  RateLimitsConfig,
  RouteConfig,
} from "./client_options.ts";
import { defined, type FieldReader } from "../field_reader.ts";

/** The fields that can hold the value of an option. */
const OPTION_VALUES = ["addresses", "text", "uint8", "uint16", "uint32", "hex"];

/** Reads the fields; what they hold is checked by `checkClientOptions()`. */
export function readClientOptions(config: FieldReader): ClientOptions {
  return defined({
    mtu: config.optionalInteger("mtu"),
    routes: config.optionalChildren("routes")?.map(readRoute),
    hostnameFromVM: config.optionalBoolean("hostnameFromVM"),
    boot: readBoot(config.optionalChild("boot")),
    captivePortal: config.optionalString("captivePortal"),
    ipv6OnlyWait: config.optionalInteger("ipv6OnlyWait"),
    options: config.optionalChildren("options")?.map(readCustomOption),
    relays: config.optionalStrings("relays"),
    authoritative: config.optionalBoolean("authoritative"),
    rapidCommit: config.optionalBoolean("rapidCommit"),
    strictChaddr: config.optionalBoolean("strictChaddr"),
    rateLimits: readRateLimits(config.optionalChild("rateLimits")),
  });
}

function readRoute(route: FieldReader): RouteConfig {
  return { destination: route.string("destination"), gateway: route.string("gateway") };
}

function readBoot(boot: FieldReader | undefined): BootConfig | undefined {
  if (boot === undefined) return undefined;
  if (!boot.has("files")) boot.errors.add(boot.pathOf("files"), "is required");
  return {
    files: boot.children("files").map(readBootFile),
    ...defined({ nextServer: boot.optionalString("nextServer") }),
  };
}

function readBootFile(entry: FieldReader): BootFileConfig {
  return {
    file: entry.string("file"),
    ...defined({ architectures: entry.optionalIntegers("architectures") }),
  };
}

function readCustomOption(option: FieldReader): CustomOption {
  if (OPTION_VALUES.filter((key) => option.has(key)).length !== 1) {
    option.errors.add(option.path, `must have exactly one of ${OPTION_VALUES.join(", ")}`);
  }
  return {
    code: option.integer("code"),
    ...defined({
      addresses: option.optionalStrings("addresses"),
      text: option.optionalString("text"),
      uint8: option.optionalInteger("uint8"),
      uint16: option.optionalInteger("uint16"),
      uint32: option.optionalInteger("uint32"),
      hex: option.optionalString("hex"),
    }),
  };
}

function readRateLimits(limits: FieldReader | undefined): RateLimitsConfig | undefined {
  if (limits === undefined) return undefined;
  return defined({
    boundClient: readRateLimit(limits.optionalChild("boundClient")),
    inform: readRateLimit(limits.optionalChild("inform")),
    unknownClients: readRateLimit(limits.optionalChild("unknownClients")),
    all: readRateLimit(limits.optionalChild("all")),
  });
}

function readRateLimit(limit: FieldReader | undefined): RateLimitConfig | undefined {
  if (limit === undefined) return undefined;
  return { perSecond: limit.integer("perSecond"), burst: limit.integer("burst") };
}
