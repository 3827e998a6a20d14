/**
 * How the runtime's HTTP client reaches a server indirectly: through a proxy, under another name,
 * or without a check of the certificate. It has no options for the last two, so a helper of this
 * process stands in between.
 */

import { once } from "node:events";
import { isIP, type Socket } from "node:net";
import { connect } from "node:tls";
import { closeQuietly, type OctetSink, pour, writeWhole } from "../../../base/octet_stream.ts";
import type { ClusterAccess } from "../../access/cluster_access.ts";
import { proxyCredentialsOf } from "../../access/proxy_credentials.ts";
import type { TlsMaterial } from "../../access/tls_material.ts";
import { openTunnel, type TunnelTarget } from "./tunnel.ts";

/** Time until a connection is accepted again after that failed. */
const ACCEPT_RETRY_MS = 100;

/** Longest request to the helper that stands for a proxy. */
const HEAD_CHARS_MAX = 8192;

/** What the HTTP client is told. */
export interface ConnectionRoute {
  /** URL to put in front of paths. */
  readonly server: string;
  readonly proxy?: Deno.Proxy;
  /** Ends the helper, if there is one, and the connections through it. */
  close(): void;
}

/** @param tls The client certificate to use now. */
export function openRoute(access: ClusterAccess, tls: () => TlsMaterial): ConnectionRoute {
  const { server, tlsServerName, insecureSkipTlsVerify, proxyUrl } = access;
  if (insecureSkipTlsVerify === true) return openUncheckedRoute(access, tls);
  if (tlsServerName !== undefined) return openRenamedRoute(access, tlsServerName);
  return {
    server,
    ...(proxyUrl === undefined ? {} : { proxy: proxyOf(new URL(proxyUrl)) }),
    close: () => {},
  };
}

function proxyOf(url: URL): Deno.Proxy {
  const address = `${url.protocol}//${url.host}`;
  const basicAuth = proxyCredentialsOf(url);
  return basicAuth === undefined ? { url: address } : { url: address, basicAuth };
}

/**
 * The client believes that the server has the other name, and that a proxy on this host leads there
 * (RFC 9110 section 9.3.6). TLS goes through from end to end, so the certificate has to be for that name.
 */
function openRenamedRoute({ server, proxyUrl }: ClusterAccess, name: string): ConnectionRoute {
  const url = new URL(server);
  const helper = listen(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (client) => {
    await readHead(client);
    const there = await openTunnel(targetOf(url), proxyUrl);
    await writeWhole(
      client,
      new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"),
    );
    await join(client, there);
  });
  const { port } = helper.address as Deno.NetAddr;
  return {
    server: `https://${name}:${targetOf(url).port}${pathOf(url)}`,
    proxy: { url: `http://127.0.0.1:${port}` },
    close: helper.close,
  };
}

/**
 * The client speaks plain HTTP to a socket that only this user can open, and TLS begins behind it,
 * without a check of the certificate.
 */
function openUncheckedRoute(
  { server, tlsServerName, proxyUrl }: ClusterAccess,
  tls: () => TlsMaterial,
): ConnectionRoute {
  const url = new URL(server);
  const { host } = targetOf(url);
  const folder = Deno.makeTempDirSync({ prefix: "vm-dhcp-" });
  const path = `${folder}/socket`;
  const helper = listen(Deno.listen({ transport: "unix", path }), async (client) => {
    const { clientCertificate, clientKey } = tls();
    const there = connect({
      ...targetOf(url),
      ...(proxyUrl === undefined ? {} : { socket: await openTunnel(targetOf(url), proxyUrl) }),
      // An address is no name (RFC 6066 section 3).
      servername: tlsServerName ?? (isIP(host) === 0 ? host : ""),
      rejectUnauthorized: false,
      ...(clientCertificate === undefined ? {} : { cert: clientCertificate, key: clientKey! }),
    });
    // Its end is that of the reading below.
    there.on("error", () => {});
    // What is written before, Deno 2.6 loses where the connection was there first.
    await once(there, "secureConnect");
    await join(client, there);
  });
  return {
    server: `http://${url.host}${pathOf(url)}`,
    proxy: { transport: "unix", path } as Deno.Proxy,
    close: () => {
      helper.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Hands each connection to `serve` and closes it afterwards. */
function listen(
  listener: Deno.Listener,
  serve: (client: Deno.Conn) => Promise<void>,
): { readonly address: Deno.Addr; readonly close: () => void } {
  const open = new Set<Deno.Conn>();
  let isClosed = false;
  const accept = async () => {
    while (!isClosed) {
      try {
        const client = await listener.accept();
        open.add(client);
        // The HTTP client sees a connection that ends, and says so.
        serve(client).catch(() => {}).finally(() => {
          open.delete(client);
          closeQuietly(client);
        });
      } catch {
        // Without a descriptor for it the connection waits; this helper must not end for that.
        if (!isClosed) await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  };
  void accept();
  const close = () => {
    isClosed = true;
    listener.close();
    for (const client of open) closeQuietly(client);
  };
  return { address: listener.addr, close };
}

async function readHead(client: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(4096);
  for (let head = ""; !head.endsWith("\r\n\r\n");) {
    const count = await client.read(bytes);
    // Any process of this host can connect.
    if (count === null || head.length > HEAD_CHARS_MAX) throw new Error("that is no request");
    head += new TextDecoder().decode(bytes.subarray(0, count));
  }
}

async function join(client: Deno.Conn, there: Socket): Promise<void> {
  try {
    await Promise.race([pourOut(there, client), pour(client, sinkOf(there))]);
  } finally {
    there.destroy();
  }
}

/** A socket keeps what it cannot send yet, and takes more at any time: a write ends when it is sent. */
function sinkOf(there: Socket): OctetSink {
  return {
    write: (octets) =>
      new Promise((resolve, reject) => {
        const onSent = (error?: Error | null) => error ? reject(error) : resolve(octets.length);
        there.write(octets.slice(), onSent);
      }),
  };
}

async function pourOut(there: AsyncIterable<Uint8Array>, client: Deno.Conn): Promise<void> {
  for await (const bytes of there) await writeWhole(client, bytes);
}

function targetOf({ hostname, port }: URL): TunnelTarget {
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 443 : Number(port) };
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, "");
}
