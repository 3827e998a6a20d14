/** Parsers of flag values; each throws {@link UsageError} that says what is expected. */

import type { NamespacedName } from "../../lib/api/meta.ts";
import { isInterfaceName } from "../../lib/api/network_attachment_definition.ts";
import { formatIpv4Address, parseIpv4Address } from "../../lib/net/ipv4_address.ts";
import { UsageError } from "./flags.ts";

/** Where a server listens. */
export interface ListenAddress {
  /** Dotted decimal. */
  readonly hostname: string;
  readonly port: number;
}

/** A host interface and the VM network that it carries. */
export interface NicMapping {
  readonly network: NamespacedName;
  readonly interfaceName: string;
}

// DNS-1123 label and subdomain, as Kubernetes wants names of namespaces and of objects.
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
const LABELS =
  "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*";
const REGISTRY = `(?:${LABELS}|\\[[0-9A-Fa-f:]+\\])(?::[0-9]{1,5})?`;
const PATH_STEP = "[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*";
/** The grammar of the distribution project, which container runtimes use. */
const IMAGE = new RegExp(
  `^(?:${REGISTRY}/)?${PATH_STEP}(?:/${PATH_STEP})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?` +
    "(?:@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$",
);
const IMAGE_LENGTH_MAX = 512;

/** Any text that is not empty. */
export function parseText(text: string): string {
  if (text === "") throw new UsageError("is empty");
  return text;
}

/**
 * One of a few words.
 *
 * @throws {UsageError} that names them.
 */
export function parseChoice<const C extends string>(text: string, choices: readonly C[]): C {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new UsageError(`is not one of ${choices.join(", ")}`);
  return choice;
}

/** `NAMESPACE/NAME`. */
export function parseNamespacedName(text: string): NamespacedName {
  const parts = text.split("/");
  const [namespace, name] = parts;
  if (
    parts.length !== 2 || namespace === undefined || name === undefined ||
    !LABEL.test(namespace) || !SUBDOMAIN.test(name)
  ) {
    throw new UsageError(
      "is not of the form NAMESPACE/NAME, two names of lower-case letters, digits and dashes",
    );
  }
  return { namespace, name };
}

/** Name of a network interface. */
export function parseInterfaceName(text: string): string {
  if (!isInterfaceName(text)) {
    throw new UsageError("is not the name of a network interface (1 to 15 characters)");
  }
  return text;
}

/** `[NAMESPACE/NAME=]IFACE`; without a name, the network is called as the interface. */
export function parseNicMapping(text: string): NicMapping {
  const separator = text.indexOf("=");
  const interfaceName = parseInterfaceName(text.slice(separator + 1));
  if (separator >= 0) {
    return { network: parseNamespacedName(text.slice(0, separator)), interfaceName };
  }
  if (!SUBDOMAIN.test(interfaceName)) {
    throw new UsageError(
      "cannot name a VM network as well; write NAMESPACE/NAME=IFACE, such as default/net-48=br48",
    );
  }
  return { network: { namespace: "default", name: interfaceName }, interfaceName };
}

/** `ADDR:PORT`; an empty address means all. */
export function parseListenAddress(text: string): ListenAddress {
  const separator = text.lastIndexOf(":");
  const host = text.slice(0, separator);
  const port = text.slice(separator + 1);
  const address = parseIpv4Address(host === "" ? "0.0.0.0" : host);
  if (separator < 0 || address === undefined || !/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new UsageError(
      "is not of the form ADDR:PORT with an IPv4 address and a port up to 65535",
    );
  }
  return { hostname: formatIpv4Address(address), port: Number(port) };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ h: 3_600_000, m: 60_000, s: 1000, ms: 1 },
  // Either letter that looks like mu.
  ...{ us: 1e-3, "\u00b5s": 1e-3, "\u03bcs": 1e-3, ns: 1e-6 },
};
const DURATION_PART = "(\\d+\\.?\\d*|\\.\\d+)(h|ms|m|s|us|\u00b5s|\u03bcs|ns)";

/** A duration as Go reads it, such as `15s`, `1m30s`, `.5h` or `0`. @returns Milliseconds. */
export function parseDuration(text: string): number {
  if (!new RegExp(`^\\+?(0|(${DURATION_PART})+)$`).test(text)) {
    throw new UsageError("is not a duration such as 15s, 1m30s or 500ms");
  }
  const parts = text.matchAll(new RegExp(DURATION_PART, "g"));
  return parts.reduce((sumMs, [, number, unit]) => sumMs + Number(number) * UNIT_MS[unit!]!, 0);
}

/** Name of a namespace. */
export function parseNamespace(text: string): string {
  if (!LABEL.test(text)) {
    throw new UsageError("is not a name of lower-case letters, digits and dashes");
  }
  return text;
}

/** Name of an object. */
export function parseObjectName(text: string): string {
  if (!SUBDOMAIN.test(text)) {
    throw new UsageError("is not a name of lower-case letters, digits, dashes and dots");
  }
  return text;
}

/** Reference of a container image, `[REGISTRY/]PATH[:TAG][@DIGEST]`. */
export function parseImage(text: string): string {
  if (text.length > IMAGE_LENGTH_MAX || !IMAGE.test(text)) {
    throw new UsageError(
      "is not the name of a container image, such as registry:5000/rancher/agent:v1 or " +
        "rancher/agent@sha256:..., in lower-case letters",
    );
  }
  return text;
}

/** `HOST:PORT`; an IPv6 address may be without its brackets. */
export function parseHostAndPort(text: string): string {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const address = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  if (port === "" || !URL.canParse(`http://${address}`)) {
    throw new UsageError("is not of the form HOST:PORT");
  }
  return address;
}
