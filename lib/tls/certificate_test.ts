import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { belongTogether, makeCertificate } from "./certificate.ts";

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
