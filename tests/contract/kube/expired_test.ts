/** Both API servers refuse lists, pages and watches of a forgotten state in the same way. */

import assert from "node:assert/strict";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { makeNamespace } from "../../support/cluster/cluster_access.ts";
import {
  ApiConnection,
  type ApiConnectionOptions,
  at,
} from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { differencesOf } from "./compare.ts";
import { RecordedApi, type Step, versionOf } from "./recorded_api.ts";
import { commonTranscript } from "./transcript.ts";

/** A server that can be made to forget older states. */
interface Forgetful {
  readonly access: ApiConnectionOptions;
  readonly namespace: string;
  readonly forget: () => Promise<void>;
}

async function transcriptOf({ access, namespace, forget }: Forgetful): Promise<Step[]> {
  using before = new ApiConnection(access);
  const old = new RecordedApi(before, namespace);
  for (const name of ["a", "b", "c", "d"]) await old.make(name);
  const first = await old.get(`${old.gadgets}?limit=2`);
  const version = versionOf(first);
  const token = String(at(first.body, "metadata.continue"));
  await old.patch(`${old.gadgets}/d`, { spec: { size: 7 } });
  await old.delete(`${old.gadgets}/a`);
  await forget();
  using after = new ApiConnection(access);
  const api = new RecordedApi(after, namespace);
  // kube-apiserver fills its caches first.
  await api.until(`${api.gadgets}?resourceVersion=0`, (list) => at(list, "items") !== undefined);
  await api.get(`${api.gadgets}?resourceVersion=${version}&resourceVersionMatch=Exact`);
  await api.get(`${api.gadgets}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`);
  const refused = await api.get(`${api.gadgets}?limit=2&continue=${token}`);
  const consenting = String(at(refused.body, "metadata.continue"));
  await api.get(`${api.gadgets}?limit=1&continue=${consenting}`);
  await api.watch(`${api.gadgets}?resourceVersion=${version}`, { count: 2 });
  await api.watch(`${api.gadgets}?resourceVersion=${version}&allowWatchBookmarks=true`, {
    count: 2,
  });
  return commonTranscript([...old.steps, ...api.steps], namespace);
}

/** The embedded server remembers no state before its start. */
async function transcriptOfEmbedded(): Promise<Step[]> {
  const folder = await Deno.makeTempDir();
  let api: EmbeddedApi = await startEmbeddedApi({ folder });
  const { server: { url, port }, credentials: { cert, token } } = api;
  try {
    return await transcriptOf({
      access: { server: url, certificateAuthority: cert, token },
      namespace: "contract",
      forget: async () => {
        await api.close();
        api = await startEmbeddedApi({ folder, port });
      },
    });
  } finally {
    await api.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function transcriptOfReal(): Promise<Step[]> {
  await using plane = await ControlPlane.start({ withoutControllers: true });
  return await transcriptOf({
    access: plane.access,
    namespace: await makeNamespace(plane.access, "contract"),
    forget: () => plane.forgetHistory(),
  });
}

await integrationTest({
  name: "the embedded API server reports a forgotten state like kube-apiserver",
  needs: ["kube"],
  run: async () => {
    const transcripts = { embedded: await transcriptOfEmbedded(), real: await transcriptOfReal() };
    assert.equal(differencesOf(transcripts).join("\n"), "");
    const refusals = JSON.stringify(transcripts.real).match(/"code":410/g) ?? [];
    assert.equal(refusals.length, 4, "both kinds of lists, and both watches");
  },
});
