import { equal } from "node:assert/strict";
import {
  type CertificateAndKey,
  issueCertificate,
  loadX509,
  makeAuthority,
} from "./certificate.ts";
import { isTrusted } from "./trust.ts";

const VALIDITY = { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) };
const REQUEST = { commonName: "a", dnsNames: ["a"], ipAddresses: [], validity: VALIDITY };

Deno.test("isTrusted() tells the authority that signed from another one, also of the same name", async () => {
  const [one, same, other] = await Promise.all(
    ["x", "x", "y"].map((name) => makeAuthority(name, VALIDITY)),
  );
  const { cert } = await issueCertificate(REQUEST, one!);
  equal(await isTrusted(cert, one!.cert), true);
  equal(await isTrusted(cert, `${same!.cert}\n${one!.cert}`), true, "one of several");
  equal(await isTrusted(cert, same!.cert), false);
  equal(await isTrusted(cert, other!.cert), false);
  equal(await isTrusted(cert, cert), true, "the certificate itself");
  equal(await isTrusted(cert, "no certificate"), false);
  equal(await isTrusted("no certificate", one!.cert), false);
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  equal(await isTrusted(cert, broken), false);
  equal(await isTrusted(cert, broken + one!.cert), true);
});

Deno.test("isTrusted() goes by the certificates between, whatever their order", async () => {
  const root = await makeAuthority("root", VALIDITY);
  const between = await makeBetween("between", root);
  const { cert } = await issueCertificate(REQUEST, between);
  equal(await isTrusted(cert, root.cert), false, "without the one between");
  equal(await isTrusted(`${cert}\n${between.cert}`, root.cert), true);
  const other = await makeAuthority("other", VALIDITY);
  equal(await isTrusted([cert, other.cert, between.cert].join("\n"), root.cert), true);
  equal(await isTrusted(`${cert}\n${between.cert}`, other.cert), false);
  equal(await isTrusted(`${cert}\n${root.cert}`, root.cert), false, "one that signed nothing");
});

/** An authority that another one has signed. */
async function makeBetween(name: string, by: CertificateAndKey): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signer = x509.PemConverter.decodeFirst(by.key);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: "02",
    subject: `CN=${name}`,
    issuer: new x509.X509Certificate(by.cert).subject,
    publicKey: keys.publicKey,
    signingKey: await crypto.subtle.importKey("pkcs8", signer, algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
    notBefore: new Date(VALIDITY.notBeforeMs),
    notAfter: new Date(VALIDITY.notAfterMs),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: made.toString("pem") + "\n", key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}
