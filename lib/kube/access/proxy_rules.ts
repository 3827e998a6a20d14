/**
 * Which proxy the environment names for a server, by the rules of Go (`golang.org/x/net/http/httpproxy`),
 * so that one environment means the same for kubectl, for the controllers of a cluster and for us. The
 * runtime has rules of its own, which send even loopback to the proxy.
 */

import { BlockList, isIP } from "node:net";
import { hasReadableCredentials } from "./proxy_credentials.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_PROTOCOLS = ["http:", "https:", "socks5:", "socks5h:"];

/** Where a request goes. */
interface Destination {
  /** In lower case, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * The URL of the proxy for a server; `undefined` for the straight way, which loopback always takes.
 *
 * @throws {Error} that names the variable, but not its value, which may hold a password.
 */
export function proxyFor(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const isEncrypted = url.protocol === "https:";
  const name = isEncrypted ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = valueOf(env, name);
  if (proxy === "") return undefined;
  const destination = {
    host: url.hostname.replace(/^\[|\]$/g, "").toLowerCase(),
    port: url.port === "" ? (isEncrypted ? 443 : 80) : Number(url.port),
  };
  if (isLoopback(destination.host) || isExempt(destination, valueOf(env, "NO_PROXY"))) {
    return undefined;
  }
  return proxyUrlOf(proxy, name);
}

/** Upper case wins. */
function valueOf(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

/** A value without a protocol is a host, perhaps with a port. */
function proxyUrlOf(value: string, name: string): string {
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.parse(text);
  const isProxy = url !== null && url.hostname !== "" && PROXY_PROTOCOLS.includes(url.protocol);
  if (isProxy && hasReadableCredentials(url)) return text;
  throw new Error(`the environment variable ${name} must be the URL of a proxy`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || isWithin(host, "127.0.0.0", 8) || isWithin(host, "::1", 128);
}

/** Entries are separated by commas; what cannot be understood is passed over. */
function isExempt(destination: Destination, noProxy: string): boolean {
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry === "*" || matches(destination, entry));
}

function matches({ host, port }: Destination, entry: string): boolean {
  const [network, prefix] = entry.split("/", 2);
  if (prefix !== undefined) {
    return /^\d{1,3}$/.test(prefix) && isWithin(host, network!, Number(prefix));
  }
  const { name, onlyPort } = splitPort(entry);
  if (name === "" || (onlyPort !== undefined && onlyPort !== String(port))) return false;
  if (isIP(name) !== 0) return isWithin(host, name, isIP(name) === 4 ? 32 : 128);
  // A domain stands for itself and all below it; with a dot before it, only for what is below it.
  const domain = name.startsWith("*.") ? name.slice(1) : name;
  return domain.startsWith(".")
    ? host.endsWith(domain)
    : host === domain || host.endsWith(`.${domain}`);
}

/** `host:port`, `[IPv6]:port`, or either without a port. */
function splitPort(entry: string): { readonly name: string; readonly onlyPort?: string } {
  if (isIP(entry) !== 0) return { name: entry };
  const [, bracketed, plain, onlyPort] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? "";
  return onlyPort === undefined || onlyPort === "" ? { name } : { name, onlyPort };
}

/** False as well for what is no address, or no network. */
function isWithin(host: string, network: string, prefix: number): boolean {
  const [hostFamily, networkFamily] = [familyOf(host), familyOf(network)];
  if (hostFamily === undefined || networkFamily === undefined) return false;
  if (prefix > (networkFamily === "ipv4" ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, networkFamily);
  return list.check(host, hostFamily);
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  return family === 4 ? "ipv4" : "ipv6";
}
