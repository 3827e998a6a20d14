/** `spec.ipv4Config.boot`: what network boot clients load. */

import { defined } from "../../base/json.ts";
import { type Bounds, type FieldReader, showValue, type TextRule } from "../field_reader.ts";
import { BOOT_FILE, IPV4_ADDRESS, PRINTABLE_TEXT } from "../text_rules.ts";
import {
  ARCHITECTURE_NAMES,
  architecturesNamed,
  IPXE_FEATURE_NAMES,
  ipxeFeatureNamed,
} from "./boot_names.ts";

const BOOT_FILES: Bounds = { min: 1, max: 32 };
const CONDITIONS: Bounds = { min: 1, max: 16 };
/** 0 and 255 are no options (RFC 2132 section 3). */
const OPTION_CODE: Bounds = { min: 1, max: 254 };
const ARCHITECTURE_MAX = 0xffff;

const FEATURE: TextRule<number> = {
  expected: `one of ${IPXE_FEATURE_NAMES.join(", ")}`,
  parse: ipxeFeatureNamed,
};

/** Reads `boot`. */
export function readBoot(boot: FieldReader) {
  if (!boot.has("files")) boot.errors.add(boot.pathOf("files"), "is required");
  return {
    // With a condition less, an entry would be for others, too.
    files: boot.optionalWhole("files", BOOT_FILES, readBootFile) ?? [],
    ...defined({ nextServer: boot.optionalParsed("nextServer", IPV4_ADDRESS) }),
  };
}

function readBootFile(entry: FieldReader) {
  const ipxe = entry.optionalBoolean("ipxe");
  const ipxeFeatures = entry.optionalParsedList("ipxeFeatures", FEATURE, CONDITIONS);
  if (ipxe === false && ipxeFeatures !== undefined) {
    entry.errors.add(entry.path, "ipxeFeatures are of iPXE only: leave them out, or ipxe: false");
  }
  return {
    file: entry.string("file", BOOT_FILE),
    ...defined({
      userClass: entry.optionalString("userClass", PRINTABLE_TEXT),
      ipxe,
      ipxeFeatures,
      vendorClass: entry.optionalString("vendorClass", PRINTABLE_TEXT),
      architectures: entry.optionalItems("architectures", CONDITIONS, readArchitecture),
      requestedOptions: entry.optionalIntegers("requestedOptions", CONDITIONS, OPTION_CODE),
    }),
  };
}

/** A number, or a name, which may stand for several. @returns What is wrong with others. */
function readArchitecture(item: unknown): readonly number[] | string {
  if (typeof item === "string") {
    return architecturesNamed(item) ??
      `must be a number, or one of ${ARCHITECTURE_NAMES.join(", ")}, not ${showValue(item)}`;
  }
  return Number.isSafeInteger(item) && (item as number) >= 0 && (item as number) <= ARCHITECTURE_MAX
    ? [item as number]
    : `must be a number from 0 to ${ARCHITECTURE_MAX} or a name, not ${showValue(item)}`;
}
