/** How to reach a cluster and what to show it: the outcome of a kubeconfig or of a pod's mounts. */

/** A certificate, key or token: as text, or in a file that is read again because it may change. */
export type Material = { readonly text: string } | { readonly path: string };

/** Where the API server is and who we are. */
export interface ClusterAccess {
  /** URL, possibly with a path in front of the API, without a slash at its end. */
  readonly server: string;
  /** PEM bundle; absent for the authorities that the runtime trusts. */
  readonly certificateAuthority?: Material;
  /** PEM, for mutual TLS. */
  readonly clientCertificate?: Material;
  /** PEM; given if and only if the certificate is. */
  readonly clientKey?: Material;
  /** Bearer token. */
  readonly token?: Material;
}
