import assert from "node:assert/strict";
import { SECRETS } from "../../../lib/api/resources.ts";
import { ObjectStore } from "../../../tests/support/kube/object_store.ts";
import { AuthoritySecret } from "./authority_secret.ts";
import { CertificateKeeper } from "./certificate_keeper.ts";
import { ConfigurationWriter } from "./configuration_writer.ts";
import { writingAfter } from "./writing_after.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";

const NAME = "hook";
const CLOCK = { nowMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };

function setup(whenAllowed: () => Promise<void>) {
  const store = new ObjectStore();
  const issued = Promise.withResolvers<void>();
  const parts = { client: writingAfter(whenAllowed, store.client), clock: CLOCK };
  const place = { name: NAME, namespace: "lab", trustedUsers: [] };
  const keeper = new CertificateKeeper({
    ...parts,
    secret: new AuthoritySecret({ ...parts, name: { namespace: "lab", name: "a" }, owner: NAME }),
    configurations: new ConfigurationWriter({ ...parts, place }),
    dnsNames: ["hook.lab.svc"],
    ipAddresses: [],
    log: new RecordingLogger(),
    use: () => issued.resolve(),
  });
  return { store, issued: issued.promise, look: () => keeper.look(new AbortController().signal) };
}

Deno.test("writingAfter() has nothing written before it may be", async () => {
  const allowed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { store, look } = setup(() => {
    asked.resolve();
    return allowed.promise;
  });
  const looked = look();
  await asked.promise;
  assert.equal(store.writes, 0);
  allowed.resolve();
  await looked;
  assert.equal(store.writes, 3);
});

Deno.test("writingAfter() has a certificate issued by the authority that is there already", async () => {
  const before = setup(() => Promise.resolve());
  await before.look();
  const after = setup(() => Promise.reject(new Error("it has ended")));
  const secret = before.store.get(SECRETS, { namespace: "lab", name: "a" });
  after.store.put(SECRETS, secret);
  await Promise.all([after.issued, assert.rejects(after.look(), /it has ended/)]);
});
