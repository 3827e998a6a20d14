/** The texts that fields of our kinds may hold. The CRDs in `crds/` say the same as patterns. */

import { parseCidr } from "../net/cidr.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";
import { parseMacAddress } from "../net/mac_address.ts";
import { type FieldErrors, showValue } from "./field_reader.ts";

/** What a text must be. */
export interface TextRule {
  /** Completes "must be …". */
  readonly expected: string;
  isValid(text: string): boolean;
}

export const IPV4_ADDRESS: TextRule = {
  expected: "an IPv4 address such as 192.168.48.77",
  isValid: (text) => parseIpv4Address(text) !== undefined,
};

export const IPV4_PREFIX: TextRule = {
  expected: "an IPv4 subnet such as 192.168.48.0/24 (IPv6 is not supported)",
  isValid: (text) => parseCidr(text) !== undefined,
};

export const MAC_ADDRESS: TextRule = {
  expected: "a MAC address such as fa:cf:8e:50:82:fc",
  isValid: (text) => parseMacAddress(text) !== undefined,
};

const NETWORK_NAME_PATTERN = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

export const NETWORK_NAME: TextRule = {
  expected: "a VM network such as default/net-48, at most 64 characters",
  isValid: (text) => text.length <= 64 && NETWORK_NAME_PATTERN.test(text),
};

// Labels of RFC 1035 section 2.3.4, with the underscore that names in use carry.
const HOST_NAME_PATTERN =
  /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

export const HOST_NAME: TextRule = {
  expected: "a domain name such as pool.ntp.org",
  isValid: (text) => text.length <= 253 && HOST_NAME_PATTERN.test(text),
};

/** A label of RFC 1123 section 2.1 in lower case, as Kubernetes has it for names of hosts. */
const HOST_LABEL_PATTERN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const HOST_LABEL: TextRule = {
  expected: "a host name such as web-1: at most 63 small letters, digits and dashes, no dots",
  isValid: (text) => HOST_LABEL_PATTERN.test(text),
};

/** The longest value of an option in one piece (RFC 2132 section 2). */
const OPTION_LENGTH_MAX = 255;

export const PRINTABLE_TEXT: TextRule = {
  expected: `1 to ${OPTION_LENGTH_MAX} printable ASCII characters (write others as hex)`,
  isValid: (text) => text.length <= OPTION_LENGTH_MAX && /^[ -~]+$/.test(text),
};

export const HEX_OCTETS: TextRule = {
  expected: `1 to ${OPTION_LENGTH_MAX} octets of two hexadecimal digits each, such as 0104c0a8`,
  isValid: (text) => text.length <= 2 * OPTION_LENGTH_MAX && /^([0-9a-f]{2})+$/i.test(text),
};

export const BOOT_FILE: TextRule = {
  expected: "a path or a URL without spaces, at most 255 ASCII characters long",
  isValid: (text) => text.length <= OPTION_LENGTH_MAX && /^[!-~]+$/.test(text),
};

/** RFC 8910 section 2 has a URN that says that there is no portal. */
export const CAPTIVE_PORTAL: TextRule = {
  expected: "a URI such as https://portal.example.com/api, at most 255 ASCII characters long",
  isValid: (text) => text.length <= OPTION_LENGTH_MAX && /^(https?:\/\/|urn:)[!-~]+$/.test(text),
};

/** A text of limited length in code points, which is what JSON Schema counts. */
export function textUpTo(lengthMax: number): TextRule {
  return {
    expected: `at most ${lengthMax} characters long`,
    isValid: (text) => [...text].length <= lengthMax,
  };
}

/** Reports a text that breaks the rule. */
export function checkText(text: string, rule: TextRule, field: string, errors: FieldErrors): void {
  if (!rule.isValid(text)) errors.add(field, `must be ${rule.expected}, not ${showValue(text)}`);
}

/** Reports a list that is too long, and each of its texts that breaks the rule. */
export function checkTexts(
  texts: readonly string[],
  rule: TextRule,
  at: { readonly field: string; readonly itemsMax: number; readonly errors: FieldErrors },
): void {
  const { field, itemsMax, errors } = at;
  if (texts.length > itemsMax) {
    errors.add(field, `must have at most ${itemsMax} items, not ${texts.length}`);
  }
  texts.forEach((text, i) => checkText(text, rule, `${field}[${i}]`, errors));
}
