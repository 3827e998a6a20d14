import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { NETWORK_ATTACHMENT_DEFINITIONS } from "../../api/resources.ts";
import { type KubeClient, StatusError } from "../contract.ts";
import { OptionalInformer } from "./optional_informer.ts";

/** Runs an informer of a kind over a server that answers lists with these statuses, then with a list. */
function start(...statuses: readonly number[]) {
  const left = [...statuses];
  const client: Pick<KubeClient, "list"> = {
    list: () => {
      const status = left.shift();
      return status === undefined
        ? Promise.resolve({ resourceVersion: "1", continue: "", items: [] })
        : Promise.reject(new StatusError(status, "Refused", `status ${status}`));
    },
  };
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const followed = new FakeInformer((object) => ({ ok: true, value: object }));
  const informer = new OptionalInformer(() => followed, {
    client: client as KubeClient,
    type: NETWORK_ATTACHMENT_DEFINITIONS,
    isOnDemand: false,
    clock,
    log,
    registry: new RecordingRegistry(),
    random: () => 0.5,
  });
  let isAnswered = false;
  informer.whenAnswered().then(() => isAnswered = true);
  void informer.run(new AbortController().signal);
  return { clock, log, followed, informer, isAnswered: () => isAnswered };
}

for (
  const { status, word } of [
    { status: 403, word: "kind may not be listed, the program works on without it" },
    { status: 404, word: "kind is not installed, the program works on without it" },
  ]
) {
  Deno.test(`OptionalInformer has an answer with a ${status}, says so once, and goes on asking`, async () => {
    const { clock, log, followed, informer, isAnswered } = start(status, status);
    await settle();
    assert.ok(isAnswered() && !informer.synced);
    assert.equal(informer.refusal?.code, status);
    await clock.advance(60_000);
    followed.sync();
    assert.deepEqual(log.lines.map(({ msg }) => msg), [word, "kind can be read from now on"]);
    assert.ok(informer.synced);
    assert.equal(informer.refusal, undefined);
  });
}

Deno.test("OptionalInformer has no answer while the server fails, until the first list is in", async () => {
  const { clock, followed, isAnswered } = start(500, 500);
  await clock.advance(60_000);
  assert.ok(!isAnswered());
  followed.sync();
  await settle();
  assert.ok(isAnswered());
});
