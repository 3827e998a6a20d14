/** Writes that an API server has to refuse. */

import assert from "node:assert/strict";
import { type EmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { GADGETS } from "../../support/kube/gadget.ts";

/** A write and its refusal. */
export interface Refusal {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly code: number;
  readonly reason: string;
  readonly message: RegExp;
}

/** Sends each write as a step of a test: the answer is a Status, and no Gadget changes. */
export async function checkRefusals(
  api: EmbeddedApi,
  test: Deno.TestContext,
  refusals: readonly Refusal[],
): Promise<void> {
  const before = (await api.send("GET", GADGETS)).body;
  for (const { name, method = "POST", path = GADGETS, contentType, ...rest } of refusals) {
    await test.step(`answers ${rest.code} to ${name}`, async () => {
      const headers = contentType === undefined ? {} : { "content-type": contentType };
      const answer = await api.send(method, path, { body: rest.body, headers });
      assert.equal(answer.status, rest.code, JSON.stringify(answer.body));
      assert.equal(answer.body["kind"], "Status");
      assert.equal(answer.body["reason"], rest.reason);
      assert.match(String(answer.body["message"]), rest.message);
      assert.deepEqual((await api.send("GET", GADGETS)).body, before);
    });
  }
}
