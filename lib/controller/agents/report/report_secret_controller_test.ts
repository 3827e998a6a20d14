import assert from "node:assert/strict";
import { StatusError } from "../../../kube/contract.ts";
import { IPPOOL_KIND } from "../../../reconcile/kinds.ts";
import { ippoolSample } from "../../../../tests/support/apiserver/samples.ts";
import { FakeClock } from "../../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../../tests/support/metrics/recording_logger.ts";
import { FreshCache } from "../../runtime/fresh_cache.ts";
import { reportSecretController } from "./report_secret_controller.ts";
import { type ReportCredentials, ReportSecretTaken } from "./report_source.ts";

const KEY = "default/ippool-1";
const CREDENTIALS: ReportCredentials = { certificates: ["cert"], token: "token" };

/** A controller of Secrets over one pool. */
function setUp(ensure: () => Promise<ReportCredentials>, hasAgents = true) {
  const informer = new FakeInformer(IPPOOL_KIND.parse);
  informer.put(ippoolSample());
  const log = new RecordingLogger();
  const told: unknown[] = [];
  const clock = new FakeClock();
  const controller = reportSecretController({
    ippools: new FreshCache(informer, IPPOOL_KIND.parse),
    secrets: { ensure },
    hasAgents: () => hasAgents,
    onCredentials: (key, credentials) => void told.push([key, credentials]),
    onObstacle: (key, obstacle) => void told.push([key, obstacle]),
    ...{ log, clock },
  });
  const reconcile = (key = KEY) => controller.reconcile(key, new AbortController().signal);
  return { informer, log, clock, told, controller, reconcile };
}

Deno.test("reportSecretController() tells what a Secret has, and looks again in ten minutes", async () => {
  const { told, reconcile } = setUp(() => Promise.resolve(CREDENTIALS));
  assert.deepEqual(await reconcile(), { requeueAfterMs: 600_000 });
  assert.deepEqual(told, [[KEY, CREDENTIALS], [KEY, undefined]]);
});

Deno.test("reportSecretController() forgets the credentials of a pool that is gone", async () => {
  const { informer, told, reconcile } = setUp(() => Promise.resolve(CREDENTIALS));
  informer.remove(KEY);
  assert.deepEqual(await reconcile(), {});
  assert.deepEqual(told, [[KEY, undefined]]);
});

Deno.test("reportSecretController() makes no Secret for a pool that gets no agents", async () => {
  const { told, reconcile } = setUp(() => Promise.resolve(CREDENTIALS), false);
  assert.deepEqual(await reconcile(), { requeueAfterMs: 600_000 });
  assert.deepEqual(told, []);
});

for (
  const { name, error, says } of [
    {
      name: "without the right to keep Secrets",
      error: new StatusError(403, "Forbidden", "it cannot create resource secrets"),
      says: /cannot create resource secrets; give it the rights of examples\/rbac\/controller.yaml/,
    },
    {
      name: "without the namespace of the agents",
      error: new StatusError(404, "NotFound", 'namespaces "agents" not found'),
      says: /namespaces "agents" not found; create it, or name another one with --namespace/,
    },
    {
      name: "when a webhook finds it invalid",
      error: new StatusError(422, "Invalid", 'admission webhook "x" denied the request'),
      says: /webhook "x" denied the request; have what refuses it let the controller/,
    },
    {
      name: "when another Secret has the name",
      error: new ReportSecretTaken("Secret a/b is in the way; delete it"),
      says: /Secret a\/b is in the way; delete it/,
    },
  ]
) {
  Deno.test(`reportSecretController() says in each pool, and once in the log, what to do ${name}`, async () => {
    const { informer, log, told, clock, reconcile } = setUp(() => Promise.reject(error));
    informer.put(ippoolSample({ metadata: { name: "other" } }));
    assert.deepEqual(await reconcile(), { requeueAfterMs: 300_000 });
    await reconcile("default/other");
    await clock.advance(300_000);
    await reconcile();
    assert.deepEqual(log.lines.map(({ level, fields }) => [level, fields.ippool]), [["warn", KEY]]);
    assert.equal(told.length, 3);
    assert.match(String(told.at(-1)), says);
  });
}

Deno.test("reportSecretController() tries again soon when the API server cannot be reached", async () => {
  const { told, reconcile } = setUp(() => Promise.reject(new Error("connection refused")));
  await assert.rejects(reconcile(), /connection refused/);
  assert.deepEqual(told, []);
});
