/**
 * Whether a request is for this server. A page in a browser may have its own name lead to an address
 * of ours (DNS rebinding), and the browser then takes our answers for those of the page. Such a request
 * carries the name of the page; one that carries an address does not come from such a page.
 */

/** Names that lead to a Service of a cluster; nobody can own them in the public DNS. */
const CLUSTER_SUFFIXES = [".svc", ".svc.cluster.local"];

/** Names of a server besides addresses and `localhost`, in lower case. */
export type OwnNames = ReadonlySet<string>;

/**
 * Reads a `Host` field.
 *
 * @returns Whether it names this server: by an address, `localhost`, a Service, or a name of the host.
 */
export function isOwnHost(host: string, names: OwnNames): boolean {
  const name = nameOf(host)?.toLowerCase().replace(/\.$/, "");
  if (name === undefined) return false;
  if (isAddress(name) || name === "localhost" || name.endsWith(".localhost")) return true;
  return names.has(name) || CLUSTER_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** The host of `host`, `host:port` or `[address]:port`. */
function nameOf(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::\d{1,5})?$/i.exec(host)?.[1];
}

function isAddress(name: string): boolean {
  if (name.startsWith("[")) return true;
  const parts = name.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

/**
 * The names of a host.
 *
 * @param resolverFile Text of `/etc/resolv.conf`: in each domain that is searched, the host has a name, and it
 * has one of multicast DNS.
 */
export function namesOf(hostname: string, resolverFile: string): OwnNames {
  const [short = ""] = hostname.split(".");
  const domains = resolverFile.matchAll(/^[ \t]*(?:search|domain)[ \t]+(.*)$/gm)
    .flatMap(([, list]) => list!.trim().split(/\s+/));
  const names = [hostname, short, ...["local", ...domains].map((domain) => `${short}.${domain}`)];
  return new Set(names.map((name) => name.toLowerCase().replace(/\.$/, "")));
}

/** The names of this host. */
export function ownNames(): OwnNames {
  return namesOf(attempt(Deno.hostname), attempt(() => Deno.readTextFileSync("/etc/resolv.conf")));
}

/** A process that may not ask for a name has none. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
