import assert from "node:assert/strict";
import { versionDocument } from "../../../lib/apiserver/discovery/discovery.ts";
import { KUBERNETES_VERSION } from "../../../tools/kubernetes/programs.ts";

Deno.test("the embedded API server names the release of Kubernetes that it is compared with", () => {
  const { major, minor, gitVersion } = versionDocument();
  assert.equal(`v${major}.${minor}`, /^v\d+\.\d+/.exec(KUBERNETES_VERSION)?.[0]);
  assert.equal(gitVersion, `v${major}.${minor}.0+vm-dhcp`);
});
