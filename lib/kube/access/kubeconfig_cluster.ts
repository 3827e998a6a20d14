/** A `clusters` entry of a kubeconfig: where the API server is, and how to know it. */

import type { ClusterAccess } from "./cluster_access.ts";
import type { KubeconfigSection } from "./kubeconfig_section.ts";
import { hasReadableCredentials } from "./proxy_credentials.ts";

const PROXY_PROTOCOLS = ["http:", "https:", "socks5:"];

/**
 * Reads the entry.
 *
 * @throws {KubeconfigError} that names the file and the field.
 */
export function serverOf(
  cluster: KubeconfigSection,
): Omit<ClusterAccess, "clientCertificate" | "clientKey" | "token" | "basicAuth" | "exec"> {
  const server = cluster.requiredText("server");
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw cluster.error("server", "must be a URL that begins with https:// or http://");
  }
  // They would be part of every message about a request.
  if (url.username !== "" || url.password !== "") {
    throw cluster.error("server", "must hold no user and no password: these belong to a user");
  }
  const certificateAuthority = cluster.pem("certificate-authority");
  const insecure = cluster.flag("insecure-skip-tls-verify");
  if (insecure && certificateAuthority !== undefined) {
    throw cluster.error(
      "insecure-skip-tls-verify",
      "cannot be true beside a certificate-authority: the certificate is checked or not",
    );
  }
  const proxyUrl = proxyUrlOf(cluster);
  const tlsServerName = cluster.text("tls-server-name");
  const dumps = dumpsOf(cluster);
  refuseUnderProxy(cluster, { proxyUrl, insecure, tlsServerName });
  const isEncrypted = server.startsWith("https:");
  return {
    server: server.replace(/\/+$/, ""),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(tlsServerName === undefined || !isEncrypted ? {} : { tlsServerName }),
    ...(insecure && isEncrypted ? { insecureSkipTlsVerify: true } : {}),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(dumps === undefined ? {} : { dumps }),
  };
}

/** What standalone says in an extension of its own. */
function dumpsOf(cluster: KubeconfigSection): string | undefined {
  const own = cluster.sections("extensions").find((each) => each.text("name") === "vm-dhcp");
  return own?.optionalSection("extension")?.text("http");
}

function proxyUrlOf(cluster: KubeconfigSection): string | undefined {
  const text = cluster.text("proxy-url");
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  // The URL may hold a password, so messages do not repeat it.
  if (url !== null && !hasReadableCredentials(url)) {
    throw cluster.error("proxy-url", "must have each % in its user and password written as %25");
  }
  if (url !== null && PROXY_PROTOCOLS.includes(url.protocol)) return text;
  throw cluster.error("proxy-url", "must be a URL that begins with http://, https:// or socks5://");
}

function refuseUnderProxy(
  cluster: KubeconfigSection,
  { proxyUrl, insecure, tlsServerName }: {
    readonly proxyUrl: string | undefined;
    readonly insecure: boolean;
    readonly tlsServerName: string | undefined;
  },
): void {
  if (proxyUrl === undefined || URL.parse(proxyUrl)?.protocol === "http:") return;
  const problem = "is supported together with a proxy-url only when that begins with http://";
  if (insecure) throw cluster.error("insecure-skip-tls-verify", problem);
  if (tlsServerName !== undefined) throw cluster.error("tls-server-name", problem);
}
