import assert from "node:assert/strict";
import {
  type CertificateAndKey,
  issueCertificate,
  makeAuthority,
} from "../../../lib/tls/certificate.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { GivenCertificate } from "./given_certificate.ts";

const VALIDITY = { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) };
const REQUEST = { commonName: "a", dnsNames: ["a.b.svc"], ipAddresses: [], validity: VALIDITY };
const SIGNAL = new AbortController().signal;

class Setup implements AsyncDisposable {
  readonly used: CertificateAndKey[] = [];
  readonly trusted: (readonly string[])[] = [];
  readonly order: string[] = [];
  readonly given;

  private constructor(readonly folder: string) {
    this.given = new GivenCertificate({
      folder,
      host: "a.b.svc",
      configurations: {
        ensure: (authorities) => {
          this.trusted.push(authorities);
          this.order.push("trust");
          return Promise.resolve();
        },
      },
      clock: { nowMs: () => 0 },
      log: new RecordingLogger(),
      use: (tls) => {
        this.used.push(tls);
        this.order.push("use");
      },
    });
  }

  static async make(): Promise<Setup> {
    return new Setup(await Deno.makeTempDir());
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${this.folder}/${name}`, text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("GivenCertificate uses the files, and again when they change", async () => {
  await using setup = await Setup.make();
  const authority = await makeAuthority("x", VALIDITY);
  for (const _ of [1, 2]) {
    const { cert, key } = await issueCertificate(REQUEST, authority);
    await setup.write({ "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert });
    for (let i = 0; i < 2; i++) await setup.given.look(SIGNAL);
    assert.deepEqual(setup.used.at(-1), { cert, key });
  }
  assert.equal(setup.used.length, 2);
  assert.deepEqual(setup.trusted[0], [authority.cert]);
});

Deno.test("GivenCertificate leaves alone what is trusted when there is no ca.crt", async () => {
  await using setup = await Setup.make();
  const { cert, key } = await issueCertificate(REQUEST, await makeAuthority("x", VALIDITY));
  await setup.write({ "tls.crt": cert, "tls.key": key });
  await setup.given.look(SIGNAL);
  assert.deepEqual(setup.trusted, [[]]);
});

Deno.test("GivenCertificate names files that are missing or do not belong together", async () => {
  await using setup = await Setup.make();
  await assert.rejects(setup.given.look(SIGNAL), /tls\.(crt|key) cannot be read/);
  const authority = await makeAuthority("x", VALIDITY);
  const [one, other] = [
    await issueCertificate(REQUEST, authority),
    await issueCertificate(REQUEST, authority),
  ];
  await setup.write({ "tls.crt": one.cert, "tls.key": other.key });
  await assert.rejects(setup.given.look(SIGNAL), /are no certificate with its key/);
  assert.deepEqual(setup.used, []);
});

for (
  const [dnsNames, isTaken] of [
    [["a.b", "a.b.svc"], true],
    [["*.b.svc"], true],
    [["127.0.0.1"], false],
    [["a", "*.svc", "a.b.svc.cluster.local"], false],
    [[], false],
  ] as const
) {
  Deno.test(`GivenCertificate has API servers ask with a certificate for ${dnsNames}: ${isTaken}`, async () => {
    await using setup = await Setup.make();
    // The common name does not count.
    const request = { ...REQUEST, commonName: "a.b.svc", dnsNames };
    const { cert, key } = await issueCertificate(request, await makeAuthority("x", VALIDITY));
    await setup.write({ "tls.crt": cert, "tls.key": key });
    const looked = setup.given.look(SIGNAL);
    if (isTaken) await looked;
    else await assert.rejects(looked, /tls\.crt is not for a\.b\.svc/);
    assert.equal(setup.trusted.length, isTaken ? 1 : 0);
  });
}

Deno.test("GivenCertificate has API servers trust a new authority before it uses what that signed", async () => {
  await using setup = await Setup.make();
  for (const name of ["x", "y"]) {
    const authority = await makeAuthority(name, VALIDITY);
    const { cert, key } = await issueCertificate(REQUEST, authority);
    await setup.write({ "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert });
    await setup.given.look(SIGNAL);
  }
  assert.deepEqual(setup.order, ["use", "trust", "trust", "use"]);
});

Deno.test("GivenCertificate names a ca.crt that did not sign the certificate, and writes nothing", async () => {
  await using setup = await Setup.make();
  const { cert, key } = await issueCertificate(REQUEST, await makeAuthority("x", VALIDITY));
  const { cert: other } = await makeAuthority("x", VALIDITY);
  await setup.write({ "tls.crt": cert, "tls.key": key, "ca.crt": other });
  await assert.rejects(
    setup.given.look(SIGNAL),
    /tls\.crt is not signed by an authority of \S+ca\.crt: /,
  );
  assert.deepEqual(setup.order, []);
});
