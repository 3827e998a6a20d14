/** A client of the port at which agents serve their report. */

import { type CertificateAndKey, makeCertificate } from "../../../lib/tls/certificate.ts";

/** The name in the certificates that the controller makes for agents. */
export const REPORT_HOST = "agent.vm-dhcp.internal";

/** A certificate such as the controller makes. */
export function reportCertificate(): Promise<CertificateAndKey> {
  return makeCertificate({ commonName: REPORT_HOST, dnsNames: [REPORT_HOST], ipAddresses: [] });
}

/** The head of a request. @param token Empty for none. */
export function reportHead(path: string, token: string, host = REPORT_HOST): string {
  const authorization = token === "" ? "" : `\r\nAuthorization: Bearer ${token}`;
  return `GET ${path} HTTP/1.1\r\nHost: ${host}${authorization}`;
}

/**
 * Asks a port of this host.
 *
 * @param cert The only certificate that is trusted.
 * @throws {Error} when the server has another one.
 */
export async function askReportPort(
  port: number,
  cert: string,
  head: string,
): Promise<{ readonly status: number; readonly head: string; readonly body: string }> {
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  using conn = await Deno.startTls(tcp, { hostname: REPORT_HOST, caCerts: [cert] });
  await conn.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  const text = await new Response(conn.readable).text();
  const [answer = "", ...body] = text.split("\r\n\r\n");
  return { status: Number(answer.split(" ")[1]), head: answer, body: body.join("\r\n\r\n") };
}
