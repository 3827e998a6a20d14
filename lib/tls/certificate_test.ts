import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  authorityNameOf,
  belongTogether,
  canIssueBy,
  certificatesIn,
  isForHost,
  issueCertificate,
  makeAuthority,
  makeCertificate,
} from "./certificate.ts";

Deno.test("makeCertificate() makes a server certificate for the names and for every date", async () => {
  const { cert, key } = await makeCertificate({
    commonName: "vm-dhcp test",
    dnsNames: ["localhost", "a.example"],
    ipAddresses: ["127.0.0.1"],
  });
  const certificate = new X509Certificate(cert);
  assert.match(certificate.subject, /CN=vm-dhcp test/);
  const names = certificate.subjectAltName?.split(", ") ?? [];
  assert.deepEqual(names, ["DNS:localhost", "DNS:a.example", "IP Address:127.0.0.1"]);
  assert.equal(Date.parse(certificate.validFrom), 0);
  assert.equal(Date.parse(certificate.validTo), Date.UTC(9999, 11, 31, 23, 59, 59));
  assert.equal(certificate.ca, false);
  assert.ok(belongTogether({ cert, key }));
});

Deno.test("belongTogether() tells a certificate and its key from other texts", async () => {
  const request = { commonName: "test", dnsNames: [], ipAddresses: ["127.0.0.1"] };
  const [one, other] = [await makeCertificate(request), await makeCertificate(request)];
  assert.ok(belongTogether(one));
  assert.ok(!belongTogether({ cert: one.cert, key: other.key }));
  assert.ok(!belongTogether({ cert: one.cert.slice(0, 200), key: one.key }));
  assert.ok(!belongTogether({ cert: "c", key: "k" }));
});

Deno.test("issueCertificate() makes a certificate that a client of the authority takes", async () => {
  const nowMs = Date.now();
  const validity = { notBeforeMs: nowMs - 60_000, notAfterMs: nowMs + 60_000 };
  const authority = await makeAuthority("vm-dhcp test", validity);
  const other = await makeAuthority("vm-dhcp test", validity);
  assert.match(authorityNameOf(authority.cert)!, /CN=vm-dhcp test/);
  const request = { commonName: "hook", dnsNames: ["localhost"], ipAddresses: [], validity };
  const issued = await issueCertificate(request, authority);
  assert.ok(belongTogether(issued));
  assert.deepEqual([issued.cert, "x"].map(authorityNameOf), [undefined, undefined]);
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...issued });
  const answer = async () => {
    using conn = await listener.accept();
    await (conn as Deno.TlsConn).handshake();
  };
  for (
    const { trusted, isTaken } of [
      { trusted: [authority.cert], isTaken: true },
      { trusted: [other.cert, authority.cert], isTaken: true },
      { trusted: [other.cert], isTaken: false },
    ]
  ) {
    const { port } = listener.addr;
    const answered = answer().catch(() => {});
    const attempt = Deno.connectTls({ hostname: "localhost", port, caCerts: trusted })
      .then(async (conn) => {
        using _ = conn;
        await conn.handshake();
        return true;
      }, () => false);
    assert.equal(await attempt.catch(() => false), isTaken);
    await answered;
  }
  listener.close();
});

Deno.test("certificatesIn() finds each certificate of a bundle", async () => {
  const request = { commonName: "test", dnsNames: ["a"], ipAddresses: [] };
  const [one, other] = [await makeCertificate(request), await makeCertificate(request)];
  const found = certificatesIn(`# one\n${one.cert}\n\nnoise\n${other.cert}`);
  assert.deepEqual(found.map((pem) => pem.trim()), [one.cert.trim(), other.cert.trim()]);
  assert.deepEqual(certificatesIn("none"), []);
});

Deno.test("canIssueBy() tells authorities from what is none, or has a key of another kind", async () => {
  const authority = await makeAuthority("test", { notBeforeMs: 0, notAfterMs: Date.now() });
  const server = await makeCertificate({ commonName: "a", dnsNames: ["a"], ipAddresses: [] });
  const other = await makeAuthority("test", { notBeforeMs: 0, notAfterMs: Date.now() });
  // As the Go version writes it (RFC 5915).
  const sec1 = createPrivateKey(authority.key).export({ type: "sec1", format: "pem" }).toString();
  assert.match(sec1, /BEGIN EC PRIVATE KEY/);
  for (
    const { one, can } of [
      { one: authority, can: true },
      { one: server, can: false },
      { one: { cert: authority.cert, key: other.key }, can: false },
      { one: { cert: authority.cert, key: sec1 }, can: false },
      { one: { cert: "", key: "" }, can: false },
    ]
  ) assert.equal(await canIssueBy(one), can);
});

Deno.test("isForHost() goes by the alternative names of a certificate", async () => {
  const names = { dnsNames: ["a.b.svc", "*.c.svc"], ipAddresses: ["10.0.0.5"] };
  const request = { ...names, commonName: "common.svc" };
  const { cert } = await issueCertificate(
    request,
    await makeAuthority("x", { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) }),
  );
  for (const host of ["a.b.svc", "x.c.svc", "10.0.0.5"]) assert.ok(isForHost(cert, host), host);
  for (const host of ["b.svc", "a.b.sv", "x.y.c.svc", "c.svc", "common.svc", "10.0.0.50", ""]) {
    assert.ok(!isForHost(cert, host), host);
  }
});
