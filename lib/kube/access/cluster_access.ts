/** How to reach a cluster and how to authenticate: from a kubeconfig or from a pod's mounts. */

/** A certificate, key or token: as text, or in a file that is read again because it may change. */
export type Material = { readonly text: string } | { readonly path: string };

/** Where the API server is, and the identity to use. */
export interface ClusterAccess {
  /** URL, possibly with a path in front of the API, without a slash at its end. */
  readonly server: string;
  /** Where objects belong when nothing else is said: that of the context. */
  readonly namespace?: string;
  /** `HOST:PORT` of the dumps of standalone, which says so in its kubeconfig; absent for a cluster. */
  readonly dumps?: string;
  /** PEM bundle; absent for the authorities that the runtime trusts. */
  readonly certificateAuthority?: Material;
  /** What the server's certificate has to be for, if not for the host of the URL. */
  readonly tlsServerName?: string;
  /** True: the certificate is not checked, so anyone can impersonate the server. */
  readonly insecureSkipTlsVerify?: boolean;
  /** URL of an HTTP, HTTPS or SOCKS5 proxy, with a user and password if it wants them. */
  readonly proxyUrl?: string;
  /** PEM, for mutual TLS. */
  readonly clientCertificate?: Material;
  /** PEM; given if and only if the certificate is. */
  readonly clientKey?: Material;
  /** Bearer token. */
  readonly token?: Material;
  /** HTTP basic authentication (RFC 7617). */
  readonly basicAuth?: { readonly username: string; readonly password: string };
  /** A program that provides the credentials. */
  readonly exec?: ExecPlugin;
}

/** An exec credential plugin (client.authentication.k8s.io). */
export interface ExecPlugin {
  /** `client.authentication.k8s.io/v1` or `/v1beta1`: the version that it must speak. */
  readonly apiVersion: string;
  /** A path, or a name to be found on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Variables besides those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** How to get the program, for the message when it is missing. */
  readonly installHint?: string;
  /** What the program is told about the cluster; absent unless it asks. */
  readonly clusterInfo?: Readonly<Record<string, unknown>>;
}
