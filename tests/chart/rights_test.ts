/** The rights of the chart are those of examples/rbac/controller.yaml, which a test derives from what a controller does. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { NAMESPACE, parseObjects, RELEASE, render } from "./helm.ts";
import { PROJECT } from "../../tools/steps.ts";

/** A release with the names of the example. */
const AS_IN_EXAMPLE = {
  namespace: "vm-dhcp",
  values: { fullnameOverride: "vm-dhcp-controller" } as JsonObject,
};

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** The rights of an account and where it has them, one a line; those of all accounts when none is named. */
function rightsOf(objects: readonly KubeObject[], account = ""): readonly string[] {
  const all = allRightsOf(objects);
  return account === ""
    ? all
    : all.filter((right) => right.startsWith(`ServiceAccount ${account} `));
}

function allRightsOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.filter(({ kind }) => kind.endsWith("RoleBinding")).flatMap((binding) => {
    const { roleRef, subjects } = binding as KubeObject & {
      readonly roleRef: { readonly kind: string; readonly name: string };
      readonly subjects: readonly JsonObject[];
    };
    const where = binding.metadata.namespace ?? "everywhere";
    const { rules } = objects.find(({ kind, metadata }) =>
      kind === roleRef.kind && metadata.name === roleRef.name &&
      (metadata.namespace ?? "everywhere") === where
    ) as KubeObject & { readonly rules: readonly Rule[] };
    const accounts = subjects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
    return rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [""] }) =>
      product(accounts, verbs, resources, apiGroups, resourceNames).map((right) =>
        `${right.join(" ")} in ${where}`
      )
    );
  }).sort();
}

function product(...lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>(
    (all, list) => all.flatMap((each) => list.map((item) => [...each, item])),
    [[]],
  );
}

await integrationTest({
  name: "the chart gives the controller the rights of examples/rbac/controller.yaml and no others",
  needs: ["helm"],
  async run() {
    const example = rightsOf(
      parseObjects(await Deno.readTextFile(`${PROJECT}/examples/rbac/controller.yaml`)),
    );
    assert.ok(example.length > 40);
    const account = "vm-dhcp/vm-dhcp-controller";
    assert.deepEqual(rightsOf(await render(AS_IN_EXAMPLE), account), example);
  },
});

await integrationTest({
  name: "the chart gives the webhook the rights of examples/rbac/webhook.yaml and no others",
  needs: ["helm"],
  async run() {
    const example = rightsOf(
      parseObjects(await Deno.readTextFile(`${PROJECT}/examples/rbac/webhook.yaml`)),
    );
    const account = `vm-dhcp/${RELEASE}-webhook`;
    assert.deepEqual(rightsOf(await render({ namespace: "vm-dhcp" }), account), example);
  },
});

await integrationTest({
  name:
    "helm test has an account that may make pools here for as long as it runs, and nothing else",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const account = `${NAMESPACE}/${RELEASE}-check`;
    assert.deepEqual(rightsOf(objects, account), [
      `ServiceAccount ${account} create ippools network.harvesterhci.io  in ${NAMESPACE}`,
    ]);
    const own = objects.filter(({ kind, metadata }) =>
      metadata.name === `${RELEASE}-check` && kind !== "Pod"
    );
    assert.equal(own.length, 3);
    for (const { metadata: { annotations } } of own) {
      assert.equal(annotations?.["helm.sh/hook"], "test");
      assert.match(annotations["helm.sh/hook-delete-policy"]!, /hook-succeeded/);
    }
  },
});

await integrationTest({
  name: "no role of the chart has a wildcard",
  needs: ["helm"],
  async run() {
    const rights = rightsOf(await render());
    assert.deepEqual(rights.filter((right) => right.includes("*")), []);
  },
});

for (
  const { name, values, gone, instead } of [
    {
      name: "without agents, a controller may end itself, and do nothing about what agents need",
      values: { agent: { enabled: false } },
      gone:
        /(deployments|serviceaccounts|secrets|pods|poddisruptionbudgets|roles|rolebindings) |list events/,
      instead: ["delete", "get"].map((verb) =>
        `ServiceAccount ${NAMESPACE}/${RELEASE} ${verb} deployments apps ${RELEASE} in ${NAMESPACE}`
      ),
    },
    {
      name: "a controller that does not manage definitions may not even look at them",
      values: { crds: { manage: false } },
      gone: /customresourcedefinitions/,
      instead: [],
    },
  ]
) {
  await integrationTest({
    name,
    needs: ["helm"],
    async run() {
      const account = `${NAMESPACE}/${RELEASE}`;
      const all = rightsOf(await render(), account);
      const expected = [...all.filter((right) => !gone.test(right)), ...instead].sort();
      assert.deepEqual(rightsOf(await render({ values }), account), expected);
      assert.ok(expected.length < all.length);
    },
  });
}
