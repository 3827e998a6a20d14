import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { INTERFACE_ANNOTATION } from "../../api/network_attachment_definition.ts";
import { NETWORK_KIND } from "../../reconcile/kinds.ts";
import { NetworkInterfaces } from "./network_interfaces.ts";

Deno.test("NetworkInterfaces quotes the beginning of an annotation that is no name, however long it is", () => {
  const networks = new FakeInformer(NETWORK_KIND.parse, NETWORK_KIND.indexes);
  const interfaces = new NetworkInterfaces({
    fixed: new Map(),
    networks,
    log: new RecordingLogger(),
  });
  networks.put({
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name: "net",
      namespace: "default",
      annotations: { [INTERFACE_ANNOTATION]: "b".repeat(100_000) },
    },
  });
  const lack = interfaces.lackOf("default/net");
  assert.match(lack, /is "b+…, which is no name/);
  assert.ok(lack.length < 500, `${lack.length} characters`);
});
