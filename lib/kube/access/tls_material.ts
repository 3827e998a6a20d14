/** What a TLS connection to the API server is made with. */

/** PEM texts. */
export interface TlsMaterial {
  readonly certificateAuthority: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
}

/** Before anything was read. */
export const NO_TLS_MATERIAL: TlsMaterial = {
  certificateAuthority: undefined,
  clientCertificate: undefined,
  clientKey: undefined,
};

/** Whether connections made with one are as good as with the other. */
export function isSameTlsMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.certificateAuthority === b.certificateAuthority &&
    a.clientCertificate === b.clientCertificate && a.clientKey === b.clientKey;
}

/**
 * Checks that connections can be made with it. With a certificate and a key that do not belong
 * together, or with half of a file, the runtime throws.
 *
 * @throws {Error} with the runtime's reason, which repeats nothing of the material.
 */
export function checkTlsMaterial(tls: TlsMaterial): void {
  Deno.createHttpClient(tlsOptionsOf(tls)).close();
}

/**
 * The material as the runtime takes it. It trusts the cluster's authority in addition to the public
 * ones; there is no way to trust that one alone.
 */
export function tlsOptionsOf(tls: TlsMaterial): Deno.CreateHttpClientOptions {
  const { certificateAuthority, clientCertificate, clientKey } = tls;
  return {
    ...(certificateAuthority === undefined ? {} : { caCerts: [certificateAuthority] }),
    ...(clientCertificate === undefined || clientKey === undefined
      ? {}
      : { cert: clientCertificate, key: clientKey }),
  };
}
