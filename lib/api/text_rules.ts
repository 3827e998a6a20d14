/** The texts that fields of our kinds may hold. The CRDs in `crds/` say the same as patterns. */

import { type Cidr, parseCidr } from "../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../net/mac_address.ts";
import type { TextRule } from "./field_reader.ts";

export const IPV4_ADDRESS: TextRule<Ipv4Address> = {
  expected: "an IPv4 address such as 192.168.48.77",
  parse: parseIpv4Address,
};

export const IPV4_PREFIX: TextRule<Cidr> = {
  expected: "an IPv4 subnet such as 192.168.48.0/24 (IPv6 is not supported)",
  parse: parseCidr,
};

export const MAC_ADDRESS: TextRule<MacAddress> = {
  expected: "a MAC address such as fa:cf:8e:50:82:fc",
  parse: parseMacAddress,
};

const NETWORK_NAME_PATTERN = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

export const NETWORK_NAME = textRule(
  "a VM network such as default/net-48, at most 64 characters",
  (text) => text.length <= 64 && NETWORK_NAME_PATTERN.test(text),
);

// Labels of RFC 1035 section 2.3.4, with the underscore that names in use carry.
const HOST_NAME_PATTERN =
  /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

export const HOST_NAME = textRule(
  "a domain name such as pool.ntp.org",
  (text) => text.length <= 253 && HOST_NAME_PATTERN.test(text),
);

/**
 * A name that can be looked up. Its last label is not a number (RFC 1123 section 2.1): 10.0.0.300
 * is a mistyped address.
 */
export const DOMAIN_NAME = textRule(
  HOST_NAME.expected,
  (text) => HOST_NAME.parse(text) !== undefined && !/(^|\.)\d+\.?$/.test(text),
);

/** A label of RFC 1123 section 2.1 in lower case, as Kubernetes has it for names of hosts. */
const HOST_LABEL_PATTERN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const HOST_LABEL = textRule(
  "a host name such as web-1: at most 63 lower-case letters, digits and dashes, no dots",
  (text) => HOST_LABEL_PATTERN.test(text),
);

/** As Kubernetes names namespaces, which is as it names hosts. */
export const NAMESPACE = textRule(
  "a namespace such as team-a: at most 63 lower-case letters, digits and dashes",
  (text) => HOST_LABEL_PATTERN.test(text),
);

/** The longest value of an option in one piece (RFC 2132 section 2). */
const OPTION_LENGTH_MAX = 255;

export const PRINTABLE_TEXT = textRule(
  `1 to ${OPTION_LENGTH_MAX} printable ASCII characters (write others as hex)`,
  (text) => text.length <= OPTION_LENGTH_MAX && /^[ -~]+$/.test(text),
);

export const HEX_OCTETS: TextRule<Uint8Array> = {
  expected: `1 to ${OPTION_LENGTH_MAX} octets of two hexadecimal digits each, such as 0104c0a8`,
  parse: (text) =>
    text.length <= 2 * OPTION_LENGTH_MAX && /^([0-9a-f]{2})+$/i.test(text)
      ? Uint8Array.from(text.match(/../g)!, (digits) => Number.parseInt(digits, 16))
      : undefined,
};

export const BOOT_FILE = textRule(
  "a path or a URL without spaces, at most 255 ASCII characters long",
  (text) => text.length <= OPTION_LENGTH_MAX && /^[!-~]+$/.test(text),
);

/** RFC 8910 section 2 has a URN that says that there is no portal. */
export const CAPTIVE_PORTAL = textRule(
  "a URI such as https://portal.example.com/api, at most 255 ASCII characters long",
  (text) => text.length <= OPTION_LENGTH_MAX && /^(https?:\/\/|urn:)[!-~]+$/.test(text),
);

/** A text of limited length in code points, which is what JSON Schema counts. */
export function textUpTo(lengthMax: number): TextRule<string> {
  return textRule(
    `at most ${lengthMax} characters long`,
    (text) => [...text].length <= lengthMax,
  );
}

/** A rule for texts that are kept as they are. */
function textRule(expected: string, isValid: (text: string) => boolean): TextRule<string> {
  return { expected, parse: (text) => isValid(text) ? text : undefined };
}
