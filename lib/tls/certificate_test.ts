import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeCertificate } from "./certificate.ts";

Deno.test("makeCertificate() makes a server certificate for the names, until the time", async () => {
  const nowMs = Date.UTC(2030, 0, 2, 12);
  const { cert, key } = await makeCertificate({
    commonName: "vm-dhcp test",
    dnsNames: ["localhost", "a.example"],
    ipAddresses: ["127.0.0.1"],
    nowMs,
    expiresMs: nowMs + 3600_000,
  });
  const certificate = new X509Certificate(cert);
  assert.match(certificate.subject, /CN=vm-dhcp test/);
  const names = certificate.subjectAltName?.split(", ") ?? [];
  assert.deepEqual(names, ["DNS:localhost", "DNS:a.example", "IP Address:127.0.0.1"]);
  assert.equal(Date.parse(certificate.validFrom), nowMs - 86_400_000);
  assert.equal(Date.parse(certificate.validTo), nowMs + 3600_000);
  assert.equal(certificate.ca, false);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
});
