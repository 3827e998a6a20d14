/** The pod of helm test. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { parseFlags } from "../../cmd/cli/flags.ts";
import { checkCommand } from "../../cmd/check.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { fieldOf, only, RELEASE, render } from "./helm.ts";

await integrationTest({
  name: "helm test runs a command that understands its flags, at a Service of the release",
  needs: ["helm"],
  async run() {
    const objects = await render({ values: { service: { metricsPort: 9090 } } });
    const pod = only(objects, "Pod", `${RELEASE}-check`);
    assert.deepEqual(fieldOf(pod, "spec.containers.0.command"), ["vm-dhcp", "check"]);
    const args = fieldOf(pod, "spec.containers.0.args") as readonly string[];
    const variables = /^--controller=\$\((\w+)_SERVICE_HOST\):\$\((\w+)_SERVICE_PORT\)$/;
    const service = only(objects, "Service", RELEASE).metadata.name.toUpperCase().replaceAll(
      "-",
      "_",
    );
    assert.deepEqual([...variables.exec(args[0]!)!].slice(1), [service, service]);
    const others = args.slice(1);
    const flags = parseFlags(checkCommand.flags, ["--controller=10.0.0.1:9090", ...others], {});
    assert.equal(flags["webhook"], `${RELEASE}-webhook`);
    // The account of the controller is one that the webhook is not asked about.
    assert.notEqual(
      fieldOf(pod, "spec.serviceAccountName"),
      fieldOf(only(objects, "Deployment", RELEASE), "spec.template.spec.serviceAccountName"),
    );
    const without = await render({ values: { webhook: { enabled: false } } });
    const checkWithout = only(without, "Pod", `${RELEASE}-check`);
    assert.doesNotMatch(JSON.stringify(fieldOf(checkWithout, "spec.containers.0.args")), /webhook/);
    // Neither the Service nor the Deployment takes it for a controller.
    const selector = fieldOf(only(objects, "Service", RELEASE), "spec.selector") as JsonObject;
    assert.notEqual(
      pod.metadata.labels!["app.kubernetes.io/name"],
      selector["app.kubernetes.io/name"],
    );
  },
});
